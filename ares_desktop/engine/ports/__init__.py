"""Contracts between the engine and the outside, as structural protocols."""
