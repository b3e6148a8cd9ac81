"""Market data: subscriptions, bars, history, the sample market."""
