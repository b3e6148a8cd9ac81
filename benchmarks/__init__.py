"""What is fast and what is right, measured; a package, so that no other of this name is found first."""
