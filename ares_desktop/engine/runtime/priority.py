"""Lets the processes that work in the background give way to the application."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_NICENESS: Final = 5


def give_way() -> None:
    """Lower the priority of this process for good; it uses what the application leaves."""
    os.nice(_NICENESS)
    if sys.platform == "linux":
        # A batch process does not push the application off its processor when it is woken.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        # Where the kernel shares processors out by session, niceness counts within one alone.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS))
