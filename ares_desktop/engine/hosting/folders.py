"""Where the strategies that come with the application are."""

from pathlib import Path

import ares_desktop


def bundled_strategies() -> Path:
    """Return the folder of the bundled strategies: inside an installed package, beside it in a checkout."""
    package = Path(ares_desktop.__file__).parent
    installed = package / "_strategies"
    return installed if installed.is_dir() else package.parent / "strategies"
