"""Plots of equity curves, drawdowns and prices."""
