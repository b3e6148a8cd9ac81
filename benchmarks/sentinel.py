"""Measures the sentinel on the real application: how soon it notices a frozen one, acts, and is done.

The application runs without a window on the sample market; it is frozen with SIGSTOP, whose time is taken before it is
sent. What the sentinel noticed and did is read from its log, whose times are the wall clock's. Its own start and memory
are taken from its process. Prints one JSON line.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psutil

from ares_desktop.engine.adapters.sentinel.files import SentinelFiles
from ares_desktop.engine.runtime.locks import lock_holder
from ares_desktop.paths import Profile

BEAT_S: Final = 0.5
AFTER_S: Final = 3.0
_WITHIN_S: Final = 60.0
_ENV: Final = {"ARES_DESKTOP__SENTINEL__BEAT_S": str(BEAT_S), "ARES_DESKTOP__SENTINEL__AFTER_S": str(AFTER_S)}


def _until(met: Any) -> Any:  # noqa: ANN401 - whatever the condition returns
    deadline = time.monotonic() + _WITHIN_S
    while not (found := met()):
        if time.monotonic() > deadline:
            msg = "the application or its sentinel did not come so far"
            raise SystemExit(msg)
        time.sleep(0.01)
    return found


def _logged(profile: Profile, word: str) -> float | None:
    """Return the newest time at which a line of the sentinel's log has a word, in seconds of the wall clock."""
    try:
        lines = (profile.logs / "sentinel.log").read_text().splitlines()
    except OSError:
        return None
    found = [line for line in lines if word in line]
    return datetime.strptime(found[-1][:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp() if found else None


def _round(folder: Path) -> dict[str, float]:
    profile = Profile.at(folder)
    command = [sys.executable, "-m", "ares_desktop", "--profile", str(folder), "run", "--headless"]
    command += ["--feed", "sample@500"]
    with subprocess.Popen(
        command, env={**os.environ, **_ENV}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as application:
        try:
            _until(lambda: _logged(profile, "application_greeted"))
            sentinel = psutil.Process(_until(lambda: lock_holder(SentinelFiles(profile).lock)))
            memory = sentinel.memory_info().rss / 2**20
            time.sleep(3.0)
            frozen = time.time()
            application.send_signal(signal.SIGSTOP)
            noticed = _until(lambda: _logged(profile, "application_is_silent"))
            began = _until(lambda: _logged(profile, "act_began"))
            ended = _until(lambda: _logged(profile, "act_ended"))
        finally:
            application.kill()
        sentinel.terminate()
        sentinel.wait(10)
    server = psutil.Process(int((profile.paper / "server.pid").read_text()))
    server.terminate()
    server.wait(10)
    return {
        "noticed_s": noticed - frozen,
        "began_s": began - frozen,
        "act_ms": (ended - began) * 1000,
        "memory_mb": memory,
    }


def main() -> int:
    """Freeze it some times and print the worst figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = []
    for _ in range(parser.parse_args().rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(_round(Path(folder) / "profile"))
    worst = {name: round(max(one[name] for one in rounds), 3) for name in rounds[0]}
    target_s = BEAT_S + 0.5
    figures = {
        "benchmark": "sentinel",
        "rounds": len(rounds),
        "beat_s": BEAT_S,
        "after_s": AFTER_S,
        **{f"worst_{name}": value for name, value in worst.items()},
        "target_noticed_s": target_s,
        "met": worst["noticed_s"] <= target_s,
        "load_average": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures))
    return 0 if figures["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
