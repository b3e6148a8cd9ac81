"""Everything that a strategy may import."""
