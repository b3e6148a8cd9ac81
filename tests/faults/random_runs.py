"""Random fault runs from seeds: ``python -m tests.faults.random_runs --runs 1000 --seed 1``.

A run that fails is made shorter and printed, with the command that repeats it.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.faults import scripts
from tests.faults.fault_run import play, warm_up
from tests.faults.scripts import Script


def main() -> int:
    """Run what the command line asks for; 1 when a run failed."""
    parser = argparse.ArgumentParser(description="Random fault runs of Ares Desktop.")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one counts on")
    parser.add_argument("--script", help="play this script instead")
    parser.add_argument("--points", help="kill the application at these points of tests/faults/points.py, by name")
    parser.add_argument("--broker-points", action="store_true", help="kill the paper broker at each of its points")
    parser.add_argument("--keep", type=Path, help="copy the files of a failed run there")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--go-on", action="store_true", help="after a failure, too")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time; much of a run is waiting")
    arguments = parser.parse_args()
    if arguments.script:
        wanted = [scripts.read(arguments.script)]
    elif arguments.points:
        wanted = [scripts.at_points(arguments.points.split(","))]
    elif arguments.broker_points:
        wanted = list(scripts.at_broker_points())
    else:
        wanted = [scripts.make(seed) for seed in range(arguments.seed, arguments.seed + arguments.runs)]
    warm_up()
    began, failed = time.monotonic(), 0
    number = 0
    for number, (script, found) in enumerate(_played(wanted, arguments), start=1):
        if found:
            failed += 1
            _tell(script, found, shrinks=not arguments.no_shrink)
            if not arguments.go_on:
                break
        if number % 10 == 0:
            print(f"{number} runs, {failed} failed, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201 - a program
    print(f"{number} runs, {failed} failed, {time.monotonic() - began:.1f} s")  # noqa: T201 - a program
    return 1 if failed else 0


def _played(wanted: Sequence[Script], arguments: argparse.Namespace) -> Iterator[tuple[Script, str]]:
    """Yield each script with what it found, as they end."""
    one = partial(_play, arguments.keep, bool(arguments.points))
    if arguments.jobs == 1:
        yield from map(one, wanted)
        return
    with multiprocessing.get_context("fork").Pool(arguments.jobs) as pool:
        yield from pool.imap_unordered(one, wanted)


def _play(keep: Path | None, complete: bool, script: Script) -> tuple[Script, str]:
    return script, play(script, keep=keep and keep / str(script.seed), complete=complete)


def _tell(script: Script, found: str, *, shrinks: bool) -> None:
    print(f"seed {script.seed} failed: {found}", flush=True)  # noqa: T201 - a program
    print(f"repeat: python -m tests.faults.random_runs --seed {script.seed}", flush=True)  # noqa: T201 - a program
    if shrinks:
        script = scripts.shrink(script, lambda candidate: bool(play(candidate)), tries=40)
        print(f"least script that fails: --script '{script.text()}'", flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    sys.exit(main())
