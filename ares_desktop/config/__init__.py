"""Settings, declared once: the schema decides what is valid, what is documented and what the panel shows."""
