"""The sentinel's files in a profile: what it guards, and what it did; replaced as a whole, on the disk when written."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.sentinel import ActState, GuardPlan, SentinelAct
from ares_desktop.paths import Profile

T = TypeVar("T", bound=msgspec.Struct)


class TakenOverError(AresError):
    """What is left of an act is the application's: nothing more is sent for it."""


class SentinelFiles:
    """The folder ``state/sentinel`` of a profile.

    Attributes:
        folder: made at the first write.
    """

    def __init__(self, profile: Profile) -> None:
        self.folder = profile.state / "sentinel"

    @property
    def lock(self) -> Path:
        """Held by the one sentinel of the profile."""
        return self.folder / "lock"

    @property
    def _plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def _act(self) -> Path:
        return self.folder / "act.json"

    def plan(self) -> GuardPlan | None:
        """Return what an application asked for last, None when none did or it can't be read."""
        return _read(self._plan, GuardPlan)

    def keep_plan(self, plan: GuardPlan) -> None:
        """Write what is to be guarded.

        Raises:
            StorageError: when it can't be written.
        """
        _write(self._plan, plan)

    def act(self) -> SentinelAct | None:
        """Return the act that no application took over yet."""
        act = _read(self._act, SentinelAct)
        return None if act is None or act.state is ActState.TAKEN_OVER else act

    def keep_act(self, act: SentinelAct) -> None:
        """Write an act as it is now.

        Raises:
            TakenOverError: when an application took it over meanwhile; then it stays closed.
            StorageError: when it can't be written.
        """
        found = _read(self._act, SentinelAct)
        if found is not None and found.id == act.id and found.state is ActState.TAKEN_OVER:
            msg = f"the application took the act {act.id} over"
            raise TakenOverError(msg)
        _write(self._act, act)

    def close_act(self, act: str) -> None:
        """Note that an application took an act over; another act or none is left alone.

        Raises:
            StorageError: when it can't be written.
        """
        found = self.act()
        if found is not None and found.id == act:
            _write(self._act, msgspec.structs.replace(found, state=ActState.TAKEN_OVER))


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(path: Path, record: msgspec.Struct) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        msg = f"{path} can't be written: {error}"
        raise StorageError(msg) from error
