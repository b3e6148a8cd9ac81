"""Runs strategy files whose entry point is ``manage_strategy``, with the managers that they expect."""
