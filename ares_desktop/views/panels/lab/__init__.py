"""The backtest lab: setting runs up, watching them, and looking at what they found."""
