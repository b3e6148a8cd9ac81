"""Searches over parameters and time."""
