"""Broker sessions."""
