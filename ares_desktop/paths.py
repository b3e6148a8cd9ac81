"""The profile: one folder that holds everything a running application keeps."""

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, StorageError, UsageError

APP_NAME: Final = "ares-desktop"
MIN_FREE_BYTES: Final = 64 * 1024 * 1024
"""Below this much free disk a profile is refused: the journal must always find room."""
_PROBE_BYTES: Final = 4096
MAX_SOCKET_PATH: Final = 107
"""Longest unix socket path in bytes (``sun_path`` of unix(7) has 108 with its final NUL)."""


class Profile(msgspec.Struct, frozen=True):
    """Where each thing of a profile lies; making one touches no disk.

    Attributes:
        root: absolute path of the folder.
    """

    root: Path

    @classmethod
    def at(cls, folder: Path | str | None = None) -> "Profile":
        """Return the profile in ``folder``, or in the platform's user folder when it is None."""
        if folder is not None:
            return cls(Path(folder).expanduser().absolute())
        from platformdirs import user_data_path  # noqa: PLC0415 - only a start without --profile pays for it

        return cls(user_data_path(APP_NAME, appauthor=False))

    @property
    def settings_file(self) -> Path:
        """The settings that a person may edit."""
        return self.root / "settings.toml"

    @property
    def journal(self) -> Path:
        """The database of events."""
        return self.root / "journal.sqlite"

    @property
    def paper(self) -> Path:
        """The paper broker's own state."""
        return self.root / "paper"

    @property
    def arctic(self) -> Path:
        """The market data store."""
        return self.root / "arctic"

    @property
    def logs(self) -> Path:
        """Rotated log files."""
        return self.root / "logs"

    @property
    def log_file(self) -> Path:
        """The newest log."""
        return self.logs / "ares-desktop.log"

    @property
    def state(self) -> Path:
        """Small files that services keep."""
        return self.root / "state"

    @property
    def runs(self) -> Path:
        """Backtests and other runs: their database, and a folder for each."""
        return self.root / "runs"

    @property
    def strategies(self) -> Path:
        """The profile's own strategy files."""
        return self.root / "strategies"

    @property
    def presets(self) -> Path:
        """Named parameter values, a file for each strategy file."""
        return self.root / "presets"

    @property
    def layout(self) -> Path:
        """The window's layout."""
        return self.root / "layout.ini"

    @property
    def lock(self) -> Path:
        """Held by the one application that runs on the profile."""
        return self.root / "lock"

    @property
    def control_socket(self) -> Path:
        """Where the running application listens for commands."""
        return self.socket("control")

    def socket(self, name: str) -> Path:
        """Return the path of a unix socket called ``name``, short enough to be bound.

        A profile whose path is too long has its sockets in a short folder of the user's own, keyed by the path.
        """
        plain = self.root / f"{name}.sock"
        if len(os.fsencode(plain)) <= MAX_SOCKET_PATH:
            return plain
        key = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return runtime_folder() / f"{key}-{name}.sock"

    def prepare(self) -> None:
        """Make the folder and its parts, readable by the owner alone, and try that they can be written.

        Raises:
            UsageError: when the path is not a folder.
            StorageError: when it can't be written or the disk is full.
        """
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(
                Finding(
                    place="--profile",
                    value=str(self.root),
                    problem="must be a folder",
                    remedy="Choose another folder, or move the file away.",
                )
            )
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.paper, self.arctic, self.logs, self.state, self.runs, self.strategies):
                folder.mkdir(mode=0o700, exist_ok=True)
            _try_writing(self.root)
        except OSError as error:
            raise StorageError(_explain(self.root, error)) from error
        free = shutil.disk_usage(self.root).free
        if free < MIN_FREE_BYTES:
            msg = (
                f"the disk of the profile {self.root} must have at least {MIN_FREE_BYTES >> 20} MB free, "
                f"had {free >> 20} MB. Free some space, or choose another folder with --profile."
            )
            raise StorageError(msg)
        private_socket_folder(self.control_socket)


def runtime_folder() -> Path:
    """Return the user's own folder for short-lived files with short names; it may not exist yet."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    own = Path(base) / APP_NAME if base else Path(tempfile.gettempdir()) / f"{APP_NAME}-{os.getuid()}"
    return own if len(os.fsencode(own)) <= MAX_SOCKET_PATH // 2 else Path("/tmp") / f"{APP_NAME}-{os.getuid()}"  # noqa: S108 - sockets need a short path; ownership is checked before use


def private_socket_folder(socket: Path) -> None:
    """Make the folder of ``socket`` and see that nobody else can put a socket of that name there.

    Raises:
        StorageError: when the folder belongs to somebody else.
    """
    folder = socket.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = folder.lstat()
        own = stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid()
        if own and info.st_mode & 0o022:
            folder.chmod(info.st_mode & 0o7700)
    except OSError as error:
        raise StorageError(_explain(folder, error)) from error
    if not own:
        msg = (
            f"the folder {folder} must belong to you, because the control socket lies there. "
            f"Run: chown $USER '{folder}' (or choose another folder with --profile)."
        )
        raise StorageError(msg)


def _try_writing(folder: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".probe-", dir=folder)
    try:
        if os.write(descriptor, bytes(_PROBE_BYTES)) < _PROBE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        Path(name).unlink()


def _explain(folder: Path, error: OSError) -> str:
    remedies = {
        errno.ENOSPC: "the disk is full. Free some space",
        errno.EFBIG: "files may not grow as they must. Raise the limit (ulimit -f)",
        errno.EDQUOT: "your disk quota is used up. Free some space",
        errno.EROFS: "the file system is read-only. Mount it for writing",
        errno.EACCES: "you may not write there. Change its permissions",
        errno.EPERM: "you may not write there. Change its permissions",
        errno.ENOTDIR: "a part of its path is a file. Correct the path",
        errno.EEXIST: "a file stands where a folder is needed. Move it away",
    }
    known = remedies.get(error.errno or 0, f"{error.strerror or error}. Check the path")
    return f"the profile folder {folder} can't be used: {known}, or choose another folder with --profile."
