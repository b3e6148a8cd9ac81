"""Strategies in workers of their own, and their supervision."""
