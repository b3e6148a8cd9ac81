"""Item models that sort, filter and repaint by themselves."""
