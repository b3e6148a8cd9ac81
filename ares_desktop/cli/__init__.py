"""The command line: whatever the window does without being looked at."""
