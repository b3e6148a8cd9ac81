"""Tasks, clocks, files and processes: what every service stands on."""
