"""What the machine itself takes at this moment: a message to a process and back, and a bare commit, as JSON.

Run as a process of its own beside what is measured; its argument is a folder on the disk in question.
"""

import json
import os
import socket
import sqlite3
import sys
import time
from pathlib import Path

ROUNDS = 200
PAUSE_S = 0.01


def measure(folder: Path) -> dict[str, list[float]]:
    """Return sorted milliseconds of round trips of 200 bytes to a waiting process, and of commits of one row."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        ours.close()
        while data := theirs.recv(4096):
            theirs.send(data)
        os._exit(0)
    theirs.close()
    database = sqlite3.connect(folder / "beside.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE rows (payload BLOB)")
    trips, commits = [], []
    for _ in range(ROUNDS):
        time.sleep(PAUSE_S)
        began = time.perf_counter()
        ours.send(bytes(200))
        ours.recv(4096)
        sent = time.perf_counter()
        database.execute("INSERT INTO rows VALUES (?)", (bytes(300),))
        trips.append((sent - began) * 1e3)
        commits.append((time.perf_counter() - sent) * 1e3)
    database.close()
    ours.close()
    os.waitpid(child, 0)
    return {"round_trip_ms": sorted(trips), "commit_ms": sorted(commits)}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
