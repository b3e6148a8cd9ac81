"""A real rehearsal on paper: real processes, killed and restarted."""

import random

import psutil
import pytest

from ares_desktop.domain.ids import AccountId
from ares_desktop.engine.adapters.rehearsals.paper import PaperRehearser
from ares_desktop.engine.runtime.clocks import WallClock

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(300)]


async def test_a_restart_loses_and_doubles_nothing_and_leaves_nothing_behind() -> None:
    rehearser = PaperRehearser(
        AccountId("PAPER"),
        feed="sample",
        instances=tuple,
        version="test",
        wall=WallClock(),
        dice=random.Random(1),  # noqa: S311 - chooses moments, no secrets
    )
    seen = [state async for state in rehearser.rehearse(1)]
    last = seen[-1]
    assert (last.problems, last.passed, last.whole) == ((), 1, True)
    assert last.restarts[0].orders > 0
    left = [
        item for item in psutil.process_iter(["cmdline"]) if "ares-rehearsal-" in " ".join(item.info["cmdline"] or [])
    ]
    assert not left
