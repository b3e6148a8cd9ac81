"""Measures the start: from the command to what is painted first, to the whole window, and to the demo's first order.

Each run is a process of its own on a new profile, started as a person starts it. The window tells the log when it was
painted, the journal knows when the first order was committed; both are compared with the moment before the process was
made. What is painted first is the splash, which the window replaces. A first run, which is not counted, warms the
disk's cache. Beside it stands the start of a bare Qt window. Prints one JSON line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ares_desktop.domain.events import OrderSubmitted
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.paths import Profile

BARE: Final = """
import time
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
window.show()
app.processEvents()
window.repaint()
print(time.time())
"""


def environment() -> dict[str, str]:
    """Return the environment with a platform that needs no screen, unless there is one."""
    return {"QT_QPA_PLATFORM": "xcb" if os.environ.get("DISPLAY") else "offscreen"} | os.environ


def bare_window_s() -> float:
    """Return the seconds from the command to a painted empty window."""
    began = time.time()
    done = subprocess.run([sys.executable, "-c", BARE], env=environment(), capture_output=True, text=True, check=True)
    return float(done.stdout) - began


def one_start(seconds: float) -> dict[str, float]:
    """Start the application, let it run for a while, and return what took how long."""
    with tempfile.TemporaryDirectory(prefix="ares-bench-") as folder:
        command = [sys.executable, "-m", "ares_desktop", "--profile", folder, "run", "--for", str(seconds)]
        began = time.time()
        subprocess.run(command, env=environment(), capture_output=True, check=True)
        profile = Profile.at(Path(folder))
        at, after_splash_s = window_painted(profile)
        return {
            "splash_painted_s": at - after_splash_s - began,
            "window_painted_s": at - began,
            "first_order_s": first_order_at(profile) - began,
        }


def window_painted(profile: Profile) -> tuple[float, float]:
    """Return when the log says that the window was painted, and how long the splash had been there by then."""
    for line in profile.log_file.read_text().splitlines():
        record = json.loads(line)
        if record["event"] == "window_painted":
            return datetime.fromisoformat(record["at"]).timestamp(), record["after_splash_s"]
    raise LookupError("no painted window")


def first_order_at(profile: Profile) -> float:
    """Return when the first order was in the journal."""
    journal = SqliteJournal(profile.journal)
    for event in journal.read(after=0):
        if isinstance(event.payload, OrderSubmitted):
            return event.at.timestamp()
    raise LookupError("no order")


def summary(values: list[float]) -> dict[str, float]:
    """Return median and greatest value, rounded for reading."""
    return {"median": round(statistics.median(values), 3), "max": round(max(values), 3)}


def measure(runs: int, seconds: float) -> dict[str, Any]:
    """Start bare windows and the application in turn."""
    one_start(seconds)
    bare, starts = [], []
    for _ in range(runs):
        bare.append(bare_window_s())
        starts.append(one_start(seconds))
    return {
        "benchmark": "startup",
        "runs": runs,
        "platform": environment()["QT_QPA_PLATFORM"],
        "bare_window_s": summary(bare),
        "splash_painted_s": summary([one["splash_painted_s"] for one in starts]),
        "window_painted_s": summary([one["window_painted_s"] for one in starts]),
        "first_order_s": summary([one["first_order_s"] for one in starts]),
        "load_average": round(os.getloadavg()[0], 2),
        "targets": {"splash_painted_s": 0.5, "first_order_s": 4.0},
    }


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each run goes on")
    options = parser.parse_args()
    print(json.dumps(measure(options.runs, options.seconds)))


if __name__ == "__main__":
    main()
