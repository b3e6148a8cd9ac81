"""What a run means: figures, trades, Monte Carlo, honesty."""
