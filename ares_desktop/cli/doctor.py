"""Examines the installation, one check after the other."""

from ares_desktop.cli import checks
from ares_desktop.cli.checks import Check
from ares_desktop.paths import Profile


def examine(profile: Profile) -> list[Check]:
    """Return every check's outcome; a check never stops the ones after it."""
    return [
        checks.python(),
        checks.libraries(),
        checks.qt_version(),
        checks.xcb_libraries(),
        checks.display(),
        checks.fonts(),
        checks.profile_folder(profile),
        checks.disk(profile),
        checks.settings(profile),
        checks.clock(profile),
        checks.journal(profile),
        checks.application(profile),
        checks.paper_broker(profile),
        checks.licence(),
    ]
