"""The checklist is whole after every change, tells many at once, and its times only grow."""

import asyncio

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import BrokerLine, KillMode, KillSwitchReport, StepState
from ares_desktop.engine.trading.checklist import STEPS, Checklist


async def test_steps_wait_run_and_end() -> None:
    published: list[KillSwitchReport] = []
    checklist = Checklist(KillSwitchReport(engaged=True), published.append)
    assert [step.name for step in checklist.report.steps] == list(STEPS)
    assert {step.state for step in checklist.report.steps} == {StepState.WAITING}
    checklist.begin("latch")
    assert checklist.report.steps[0].state is StepState.RUNNING
    checklist.end("latch", "on disk")
    checklist.end("flatten", "cancel only", state=StepState.SKIPPED)
    checklist.update(finished=True)
    assert published == []
    async with asyncio.timeout(5):
        while not published:
            await asyncio.sleep(0.01)
    assert len(published) == 1
    assert published[-1] == checklist.report
    latch = checklist.report.steps[0]
    assert latch.detail == "on disk"
    assert latch.started_ms is not None
    assert latch.finished_ms is not None
    assert 0 <= latch.started_ms <= latch.finished_ms
    assert checklist.report.finished


def two_brokers() -> Checklist:
    lines = [BrokerLine(broker=name, account=AccountId(name.upper()), mode=KillMode.FLATTEN) for name in ("one", "two")]
    return Checklist(KillSwitchReport(engaged=True), lambda _: None, lines)


def state_of(checklist: Checklist, name: str) -> StepState:
    return next(step.state for step in checklist.report.steps if step.name == name)


async def test_a_step_ends_with_the_last_broker_and_fails_with_any() -> None:
    checklist = two_brokers()
    checklist.begin("cancel", AccountId("ONE"))
    assert state_of(checklist, "cancel") is StepState.RUNNING
    checklist.end("cancel", "3 cancels sent", account=AccountId("ONE"))
    assert not checklist.has_ended("cancel")
    checklist.end("cancel", "line is dead", state=StepState.FAILED, account=AccountId("TWO"))
    assert state_of(checklist, "cancel") is StepState.FAILED
    told = next(step.detail for step in checklist.report.steps if step.name == "cancel")
    assert told == "one: 3 cancels sent; two: line is dead"
    assert [line.steps[0].state for line in checklist.report.brokers] == [StepState.DONE, StepState.FAILED]
    checklist.publish()


async def test_a_step_that_no_broker_takes_is_skipped() -> None:
    checklist = two_brokers()
    for account in ("ONE", "TWO"):
        checklist.end("flatten", "cancel only", state=StepState.SKIPPED, account=AccountId(account))
    assert state_of(checklist, "flatten") is StepState.SKIPPED
    checklist.publish()
