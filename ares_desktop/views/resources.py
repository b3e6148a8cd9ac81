"""Finds the files that ship beside the code: icons, fonts and the stylesheet."""

from functools import cache
from pathlib import Path

import ares_desktop


@cache
def resources_folder() -> Path:
    """Return the folder of shipped files: inside an installed package, else beside it in a checkout.

    Raises:
        FileNotFoundError: when neither exists, which means a broken installation.
    """
    package = Path(ares_desktop.__file__).parent
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "window.qss").is_file():
            return folder
    msg = f"resources were expected in {package} or beside it; install the application again"
    raise FileNotFoundError(msg)
