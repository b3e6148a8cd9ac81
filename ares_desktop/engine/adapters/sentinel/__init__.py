"""The way to the sentinel's process: its socket's messages, its files, its start."""
