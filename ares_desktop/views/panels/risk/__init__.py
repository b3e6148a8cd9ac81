"""Limits, locks, losses and what else keeps money safe."""
