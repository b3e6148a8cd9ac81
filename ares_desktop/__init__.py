"""A trader's workstation: a trading engine and the window on it."""
