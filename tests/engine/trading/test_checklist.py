"""The checklist is whole after every turn of the loop that changed it, and its times only grow."""

import asyncio

from ares_desktop.domain.risk import KillSwitchReport, StepState
from ares_desktop.engine.trading.checklist import STEPS, Checklist


async def test_steps_wait_run_and_end() -> None:
    published: list[KillSwitchReport] = []
    checklist = Checklist(KillSwitchReport(engaged=True), published.append)
    assert [step.name for step in checklist.report.steps] == list(STEPS)
    assert {step.state for step in checklist.report.steps} == {StepState.WAITING}
    checklist.begin("latch")
    await asyncio.sleep(0)
    checklist.end("latch", "on disk")
    checklist.end("flatten", "cancel only", state=StepState.SKIPPED)
    checklist.update(finished=True)
    await asyncio.sleep(0)
    assert [report.steps[0].state for report in published] == [StepState.RUNNING, StepState.DONE]
    assert published[-1] == checklist.report
    latch = checklist.report.steps[0]
    assert latch.detail == "on disk"
    assert latch.started_ms is not None
    assert latch.finished_ms is not None
    assert 0 <= latch.started_ms <= latch.finished_ms
    assert checklist.report.finished
