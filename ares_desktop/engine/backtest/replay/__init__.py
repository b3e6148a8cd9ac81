"""One backtest: the live rules over past data, in one process."""
