"""Why orders were made: every decision found, and the chosen one told from its inputs to its money."""
