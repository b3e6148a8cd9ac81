"""How strategies do while they trade: statistics of their NAV units."""
