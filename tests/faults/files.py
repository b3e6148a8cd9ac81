"""What happens to files while nobody uses them: torn, garbled, lost."""

import random
from pathlib import Path

from ares_desktop.paths import Profile
from tests.faults.points import Fault
from tests.faults.strikes import kill_broker

_PAGE = 4096


def strike(profile: Profile, fault: Fault) -> None:
    """Do to a profile's files what a fault says; ``amount`` is the share of the last page or file that is lost."""
    journal = profile.journal
    wal = journal.with_name(journal.name + "-wal")
    match fault.kind:
        case "tear_wal":
            cut(wal, fault.amount)
        case "garble_wal":
            garble(wal, fault.amount)
        case "garble_page":
            garble(journal, fault.amount)
        case "tear_snapshot":
            cut(journal.with_name(journal.name + ".snapshot"), fault.amount)
        case "tear_bookmark":
            cut(profile.state / "bookmark", fault.amount)
        case "tear_states":
            for path in sorted(profile.state.glob("*")):
                if path.is_file():
                    cut(path, fault.amount)
        case "kill_broker":
            kill_broker(profile)
        case _:
            raise AssertionError(fault.kind)


def cut(path: Path, share: float) -> None:
    """Cut off a share of a file's last page."""
    if path.exists() and (size := path.stat().st_size):
        last = size % _PAGE or min(size, _PAGE)
        with path.open("r+b") as file:
            file.truncate(size - max(1, int(last * share)))


def garble(path: Path, share: float) -> None:
    """Write noise over a share of a file's last page."""
    if path.exists() and (size := path.stat().st_size):
        last = size % _PAGE or min(size, _PAGE)
        length = max(1, int(last * share))
        with path.open("r+b") as file:
            file.seek(size - length)
            file.write(random.Random(length).randbytes(length))  # noqa: S311 - noise, no secrets
