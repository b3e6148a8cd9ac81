"""``python -m ares_desktop`` and the ``ares-desktop`` command."""

import sys

from ares_desktop.cli.main import main as command_line


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(command_line())


if __name__ == "__main__":
    main()
