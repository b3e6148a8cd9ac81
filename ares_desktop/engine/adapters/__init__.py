"""One module for each outside system and port."""
