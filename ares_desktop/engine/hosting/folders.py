"""Where strategy files are looked for."""

from collections.abc import Iterable
from pathlib import Path

import ares_desktop


def bundled_strategies() -> Path:
    """Return the folder of the bundled strategies: inside an installed package, beside it in a checkout."""
    package = Path(ares_desktop.__file__).parent
    installed = package / "_strategies"
    return installed if installed.is_dir() else package.parent / "strategies"


def strategy_folders(own: Path, others: Iterable[str] = ()) -> tuple[Path, ...]:
    """Return the folders in the order in which they are searched: the bundled one, the profile's own, the others.

    A file that comes with the application is never taken over by a namesake: whoever wants to change one gives the
    copy a name of its own, and the catalog warns of files that are hidden.

    Args:
        own: the profile's folder.
        others: from the settings; ``~`` is the user's home.
    """
    return (bundled_strategies(), own, *(Path(folder).expanduser() for folder in others))
