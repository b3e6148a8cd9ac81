"""Strategies on past data: replay, search, analysis and report."""
