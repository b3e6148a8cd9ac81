"""The window: widgets that show what managers say and call what the trader asks for."""
