"""Restart rehearsals with real processes."""
