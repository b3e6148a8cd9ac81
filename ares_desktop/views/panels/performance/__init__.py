"""How strategies do: their figures, their curves together, how alike they are, and their months."""
