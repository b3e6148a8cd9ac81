"""The built-in paper broker: its process and the session to it."""
