"""Matching of orders against market data, shared by the paper broker and backtests."""
