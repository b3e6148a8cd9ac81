"""Standings of the traders that compete."""
