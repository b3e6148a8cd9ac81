"""QObject façades over the services: signals out, commands and queries in."""
