"""Rules choose channels, quiet hours hold back, and nothing that matters gets lost."""

from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import (
    AlertNote,
    AlertRule,
    ChannelName,
    QuietHours,
    parse_rule,
    rule_text,
)
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.alerting.dispatch import Dispatch

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NIGHT = QuietHours(begin=time(22), end=time(7))


def an_alert(severity: Severity = Severity.ERROR, key: str = "broker:paper", source: str = "connections") -> Alert:
    return Alert(key=key, severity=severity, title="Title", detail="", source=source, at=NOON)


class Told:
    """A dispatch and what it told."""

    def __init__(self, *rules: str, quiet: QuietHours | None = None, repeat_min: float = 5) -> None:
        self.notes: list[tuple[ChannelName, AlertNote]] = []
        self.dispatch = Dispatch(lambda name, note: self.notes.append((name, note)))
        chosen = tuple(parse_rule(rule) for rule in rules)
        self.dispatch.configure(chosen, quiet or QuietHours(), timedelta(minutes=repeat_min))


words = st.text(st.characters(categories=("Ll", "Nd"), max_codepoint=127), min_size=1, max_size=8)


@given(
    st.builds(
        AlertRule,
        severity=st.sampled_from(Severity),
        source=words,
        key=words,
        channels=st.lists(st.sampled_from(ChannelName), unique=True).map(tuple),
    )
)
def test_a_rule_reads_as_it_is_written(rule: AlertRule) -> None:
    assert parse_rule(rule_text(rule)) == rule


@pytest.mark.parametrize(
    ("text", "problems"),
    [("warning desktop", 2), ("loud -> desktop", 1), ("warning color=red -> pigeon, desktop", 2)],
)
def test_a_bad_rule_tells_everything_that_is_wrong(text: str, problems: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rule(text)
    assert len(caught.value.findings) == problems


def test_every_rule_that_fits_adds_its_channels_once() -> None:
    told = Told("warning -> desktop", "error source=conn* -> email, desktop", "critical -> sound")
    assert told.dispatch.channels(an_alert()) == (ChannelName.DESKTOP, ChannelName.EMAIL)
    assert told.dispatch.channels(an_alert(Severity.INFO)) == ()


@pytest.mark.parametrize(
    ("hour", "quiet"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_quiet_hours_go_over_midnight(hour: int, quiet: bool) -> None:
    assert NIGHT.quiet_at(NOON.replace(hour=hour)) is quiet


def test_quiet_hours_are_those_of_the_zone_through_daylight_saving() -> None:
    zurich = msgspec.structs.replace(NIGHT, zone="Europe/Zurich")
    assert zurich.quiet_at(datetime(2026, 1, 5, 21, 30, tzinfo=UTC))
    assert zurich.quiet_at(datetime(2026, 7, 6, 20, 30, tzinfo=UTC))
    assert not zurich.quiet_at(datetime(2026, 1, 5, 20, 30, tzinfo=UTC))


def test_in_quiet_hours_only_critical_alerts_pass_and_the_rest_comes_as_one() -> None:
    told = Told("warning -> email", quiet=NIGHT)
    night = NOON.replace(hour=23)
    for number in range(3):
        assert not told.dispatch.tell(an_alert(key=f"key {number}"), night)
    assert told.dispatch.tell(an_alert(Severity.CRITICAL, key="worst"), night)
    assert [note.key for _, note in told.notes] == ["worst"]
    assert told.dispatch.release_held(night) == 0
    assert told.dispatch.release_held(NOON.replace(hour=7, day=3)) == 3
    assert told.notes[-1][1].title == "3 alerts"


def test_what_was_acknowledged_in_quiet_hours_is_not_told_after_them() -> None:
    told = Told("warning -> email", quiet=NIGHT)
    told.dispatch.tell(an_alert(), NOON.replace(hour=23))
    told.dispatch.seen("broker:paper")
    assert told.dispatch.release_held(NOON) == 0


def test_a_muted_alert_is_not_told_until_its_time() -> None:
    told = Told("warning -> email")
    muted = msgspec.structs.replace(an_alert(), muted_until=NOON + timedelta(minutes=10))
    assert not told.dispatch.tell(muted, NOON)
    assert told.dispatch.tell(muted, NOON + timedelta(minutes=10))


def test_a_critical_alert_that_nobody_saw_is_overdue_again_and_again() -> None:
    told = Told("warning -> email", repeat_min=5)
    critical = an_alert(Severity.CRITICAL)
    told.dispatch.tell(critical, NOON)
    assert not told.dispatch.overdue([critical], NOON + timedelta(minutes=4))
    later = NOON + timedelta(minutes=5)
    assert told.dispatch.overdue([critical, an_alert()], later) == [critical]
    told.dispatch.tell(critical, later)
    assert not told.dispatch.overdue([critical], later + timedelta(minutes=1))
    seen = msgspec.structs.replace(critical, acknowledged=True)
    assert not told.dispatch.overdue([seen], later + timedelta(minutes=60))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rules", ("warning -> pigeon",)),
        ("quiet_from", "25:00"),
        ("quiet_to", "7 o'clock"),
        ("quiet_zone", "Mars/Olympus"),
        ("per_minute", 0),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        AlertSettings.model_validate({name: value})
