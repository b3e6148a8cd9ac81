"""One file for each dockable panel."""
