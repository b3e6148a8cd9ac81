"""What every test gets: an offscreen Qt, strict property tests, real market data, a screen on demand, no leftovers."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

# Qt reads this when the first application object is made; a test that needs a screen asks for `display`.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_API"] = "pyside6"
# Tests kill applications and look at what they left; one that wants it cleaned up asks for a sentinel.
os.environ["ARES_DESKTOP__SENTINEL__ENABLED"] = "false"

import hypothesis
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]

hypothesis.settings.register_profile("local", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start what runs in the background so; the programs that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

RUN_MARK = "ARES_TEST_RUN"
PROCESS_GRACE_S = 5.0
STANDARD_LIBRARY_SERVERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real market data in {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests out of the person's own profile, settings and caches."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(variable, str(home / variable.lower()))
        yield home


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail when a process or a thread outlives the tests that started it, and end such processes."""
    threads = set(threading.enumerate())
    with pytest.MonkeyPatch.context() as patch:
        # Whatever the tests start inherits it, also what detaches itself.
        patch.setenv(RUN_MARK, run := uuid4().hex)
        yield
    _, left = psutil.wait_procs(_marked(run), timeout=PROCESS_GRACE_S)
    commands = [process.cmdline() for process in left if process.is_running()]
    for process in left:
        process.kill()
    assert not commands, f"processes left behind: {commands}"
    running = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    assert not running, f"threads left behind: {running}"


def _marked(run: str) -> list[psutil.Process]:
    """Return what the tests started, save for what the standard library keeps for itself."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline())
            if process.environ().get(RUN_MARK) == run and not any(name in command for name in STANDARD_LIBRARY_SERVERS):
                found.append(process)
    return found


@pytest.fixture(scope="session")
def display() -> Iterator[dict[str, str]]:
    """A virtual screen with a window manager: the environment for a process that shows a real window there."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed: scripts/setup names the packages")
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "1920x1200x24", "-nolisten", "tcp", "-dpi", "96"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as screen:
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            screen.wait(timeout=10)
            pytest.fail(f"Xvfb ended with {screen.returncode} before it had a display")
        environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        manager = _window_manager(environment)
        yield environment
        for process in filter(None, (manager, screen)):
            process.terminate()
            process.wait(timeout=10)


def _window_manager(environment: dict[str, str]) -> "subprocess.Popen[bytes] | None":
    program = shutil.which("openbox")
    if program is None:
        return None
    return subprocess.Popen(
        [program, "--sm-disable"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
