"""A small process of its own that stops trading when the application can't; it knows no window and no strategy."""
