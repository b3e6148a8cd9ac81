"""What ``doctor`` looks at: one function for each thing, each with a remedy for its fault."""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.control.client import ControlClient, NoAppError
from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.engine.runtime.locks import lock_holder
from ares_desktop.paths import MIN_FREE_BYTES, Profile

OK: Final = "ok"
WARNING: Final = "warning"
FAILED: Final = "failed"
_ENOUGH_FREE: Final = 1 << 30
_NEWEST: Final = 10_000
_TIME_ERROR: Final = 5
"""What adjtimex(2) returns when the clock is not synchronized."""
_LIBRARIES: Final = {
    "PySide6-Essentials": "PySide6.QtWidgets",
    "PySide6-QtAds": "PySide6QtAds",
    "qasync": "",
    "pyqtgraph": "",
    "msgspec": "msgspec",
    "pydantic": "pydantic",
    "numpy": "numpy",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "arcticdb": "arcticdb",
    "structlog": "structlog",
    "exchange_calendars": "exchange_calendars",
}
"""Distributions and the module to import; qasync and pyqtgraph want Qt first, so they are only looked up."""
_QT_PROBE: Final = (
    "from PySide6.QtGui import QFontDatabase, QGuiApplication;"
    "app = QGuiApplication([]); print(len(QFontDatabase.families()))"
)
_PACKAGES: Final = (
    "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0 fonts-dejavu-core libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-randr0 "
    "libxcb-xkb1 libxcb-sync1 libxcb-xfixes0 libx11-xcb1"
)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at and found.

    Attributes:
        state: ``ok``, ``warning`` or ``failed``.
    """

    check: str
    state: str
    detail: str
    remedy: str = ""


def python() -> Check:
    """Look at the interpreter."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        return Check(check="python", state=OK, detail=found)
    return Check(check="python", state=FAILED, detail=found, remedy="Use CPython 3.11 or 3.12.")


def libraries() -> Check:
    """Look whether every library is there and can be imported."""
    broken, found = [], []
    for name, module in _LIBRARIES.items():
        try:
            found.append(f"{name} {version(name)}")
            if module:
                import_module(module)
        except (ImportError, PackageNotFoundError, OSError) as error:
            broken.append(f"{name}: {error}")
    if broken:
        remedy = "Run make setup, which installs the versions that work together."
        return Check(check="libraries", state=FAILED, detail="; ".join(broken), remedy=remedy)
    return Check(check="libraries", state=OK, detail=", ".join(found))


def qt_version() -> Check:
    """Look for the Qt binding that aborts on CPython 3.11, see PySide6 6.12."""
    try:
        found = version("PySide6-Essentials")
    except PackageNotFoundError:
        return Check(check="qt", state=FAILED, detail="PySide6 is not installed", remedy="Run make setup.")
    major, minor = (int(part) for part in found.split(".")[:2])
    if sys.version_info[:2] == (3, 11) and (major, minor) >= (6, 12):
        remedy = "Install PySide6-Essentials below 6.12: later ones end CPython 3.11 after some thousand signals."
        return Check(check="qt", state=FAILED, detail=found, remedy=remedy)
    return Check(check="qt", state=OK, detail=found)


def xcb_libraries() -> Check:
    """Look for the system libraries that a window under X11 needs."""
    spec = find_spec("PySide6")
    plugin = Path(spec.origin or "").parent / "Qt/plugins/platforms/libqxcb.so" if spec else None
    tool = shutil.which("ldd")
    if plugin is None or not plugin.is_file() or tool is None:
        return Check(check="window libraries", state=WARNING, detail="could not be looked up")
    lines = subprocess.run([tool, str(plugin)], capture_output=True, text=True, check=False, timeout=20).stdout  # noqa: S603 - ldd of our own library
    missing = [line.split()[0] for line in lines.splitlines() if "not found" in line]
    if missing:
        remedy = f"Run: apt-get install {_PACKAGES}. Without them use --headless."
        return Check(check="window libraries", state=WARNING, detail=f"missing {', '.join(missing)}", remedy=remedy)
    return Check(check="window libraries", state=OK, detail="all there")


def display() -> Check:
    """Look whether a window could be opened, by opening Qt in a process of its own."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    shown = platform or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if not shown:
        remedy = "Start it from a desktop session, set DISPLAY, or use ares-desktop run --headless."
        return Check(check="display", state=WARNING, detail="there is no display", remedy=remedy)
    outcome = _qt_probe(dict(os.environ))
    if isinstance(outcome, str):
        remedy = f"Check that {shown} can be reached, or run: apt-get install {_PACKAGES}."
        return Check(check="display", state=FAILED, detail=outcome, remedy=remedy)
    return Check(check="display", state=OK, detail=shown)


def fonts() -> Check:
    """Look whether Qt finds any font."""
    outcome = _qt_probe({**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    if isinstance(outcome, str):
        remedy = f"Run: apt-get install {_PACKAGES}."
        return Check(check="fonts", state=FAILED, detail=outcome, remedy=remedy)
    if outcome == 0:
        remedy = "Run: apt-get install fonts-dejavu-core."
        return Check(check="fonts", state=FAILED, detail="Qt finds no font", remedy=remedy)
    return Check(check="fonts", state=OK, detail=f"{outcome} families")


def profile_folder(profile: Profile) -> Check:
    """Look whether the profile can be written."""
    if not profile.root.exists():
        above = next(folder for folder in profile.root.parents if folder.exists())
        if os.access(above, os.W_OK):
            return Check(check="profile", state=OK, detail=f"{profile.root} will be made at the first start")
        remedy = "Change the permissions, or choose another folder with --profile."
        return Check(check="profile", state=FAILED, detail=f"{above} is not writable", remedy=remedy)
    try:
        profile.prepare()
    except AresError as error:
        return Check(check="profile", state=FAILED, detail=str(error), remedy="Choose another folder with --profile.")
    return Check(check="profile", state=OK, detail=str(profile.root))


def disk(profile: Profile) -> Check:
    """Look for free space on the profile's disk."""
    folder = next(folder for folder in (profile.root, *profile.root.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / (1 << 30):.1f} GB free on the disk of {folder}"
    if free >= _ENOUGH_FREE:
        return Check(check="disk", state=OK, detail=detail)
    state = WARNING if free >= MIN_FREE_BYTES else FAILED
    return Check(check="disk", state=state, detail=detail, remedy="Free some space; journal and market data grow.")


def settings(profile: Profile) -> Check:
    """Look whether the settings are valid."""
    from ares_desktop.config.loading import load_settings  # noqa: PLC0415 - pydantic is slow to import

    try:
        load_settings(profile.settings_file, environ=os.environ)
    except UsageError as error:
        remedy = f"Correct {profile.settings_file} or the environment."
        return Check(check="settings", state=FAILED, detail=str(error), remedy=remedy)
    return Check(check="settings", state=OK, detail=str(profile.settings_file))


def clock(profile: Profile) -> Check:
    """Look whether the clock can be right: synchronized, and not behind what the profile was last written at."""
    newest = max((file.stat().st_mtime for file in (profile.journal, profile.log_file) if file.exists()), default=0.0)
    behind = newest - time.time()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if behind > 1.0:
        remedy = "Set the clock, for example with timedatectl set-ntp true."
        return Check(check="clock", state=FAILED, detail=f"{now} is {behind:.0f} s before the last run", remedy=remedy)
    answer = (ctypes.c_long * 64)()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer)) == _TIME_ERROR:
        remedy = "Switch on time synchronization: timedatectl set-ntp true."
        return Check(check="clock", state=WARNING, detail=f"{now}, not known to be synchronized", remedy=remedy)
    return Check(check="clock", state=OK, detail=f"{now}, synchronized")


def application(profile: Profile) -> Check:
    """Look whether an application runs on the profile and answers."""
    holder = lock_holder(profile.lock)
    if holder is None:
        return Check(check="application", state=OK, detail="not running")
    client = ControlClient(profile.control_socket)
    try:
        client.request("status")
    except (NoAppError, AresError) as error:
        remedy = f"If it hangs, end it with kill -9 {holder} and start it again; the journal has everything."
        return Check(check="application", state=FAILED, detail=f"process {holder}: {error}", remedy=remedy)
    finally:
        client.close()
    return Check(check="application", state=OK, detail=f"running, process {holder}")


def journal(profile: Profile) -> Check:
    """Look whether the journal's newest events follow from each other."""
    from ares_desktop.engine.adapters.stores.journal_check import tail  # noqa: PLC0415 - loads the journal's code

    if not profile.journal.exists():
        return Check(check="journal", state=OK, detail="will be made at the first start")
    try:
        events = tail(profile.journal, _NEWEST)
    except AresError as error:
        remedy = "Run ares-desktop journal verify, keep a copy of the profile, and don't trade on it."
        return Check(check="journal", state=FAILED, detail=str(error), remedy=remedy)
    last = events[-1].sequence if events else 0
    return Check(check="journal", state=OK, detail=f"{last} events, the newest {len(events)} verified")


def paper_broker(profile: Profile) -> Check:
    """Look whether the paper broker's process runs and accepts sessions."""
    from ares_desktop.engine.adapters.brokers.paper.launch import is_running  # noqa: PLC0415 - loads the broker's code

    if is_running(profile.paper):
        return Check(check="paper broker", state=OK, detail="running")
    if lock_holder(profile.lock) is None:
        return Check(check="paper broker", state=OK, detail="not running; the application starts it")
    remedy = f"The application starts it again by itself; see {profile.paper} for its log."
    return Check(
        check="paper broker", state=FAILED, detail="the application runs but its broker doesn't", remedy=remedy
    )


def licence() -> Check:
    """Tell about the one library whose licence is not an open one."""
    detail = "ArcticDB is under the Business Source License 1.1; its makers ask for a paid licence in production"
    return Check(
        check="licence", state=OK, detail=detail, remedy="See https://arcticdb.com before you trade real money."
    )


def _qt_probe(environment: dict[str, str]) -> int | str:
    """Return the number of font families that a Qt of its own process finds, or what it complained of."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _QT_PROBE], env=environment, capture_output=True, text=True, check=False, timeout=20
        )
    except subprocess.TimeoutExpired:
        return "Qt did not start within 20 s"
    if done.returncode == 0 and done.stdout.strip().isdecimal():
        return int(done.stdout)
    complaint = [line for line in done.stderr.splitlines() if line.strip()]
    return complaint[-1] if complaint else f"Qt ended with {done.returncode}"
