"""How alerts reach people: rules, quiet hours, channels and what became of each delivery."""

from datetime import datetime, time
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monitoring import Alert, Severity

RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


class ChannelName(StrEnum):
    """Every way to a person."""

    DESKTOP = "desktop"
    SOUND = "sound"
    EMAIL = "email"
    TELEGRAM = "telegram"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts go to which channels; every rule that fits adds its channels.

    Attributes:
        severity: the least one that fits.
        source: a pattern such as ``risk`` or ``*``.
        key: a pattern such as ``broker:*``.
        channels: where a fitting alert is told; none keeps it in the window.
    """

    severity: Severity = Severity.WARNING
    source: str = "*"
    key: str = "*"
    channels: tuple[ChannelName, ...] = ()

    def fits(self, alert: Alert) -> bool:
        """Say whether it is about this alert."""
        return (
            RANKS[alert.severity] >= RANKS[self.severity]
            and fnmatchcase(alert.source.casefold(), self.source.casefold())
            and fnmatchcase(alert.key.casefold(), self.key.casefold())
        )


def parse_rule(text: str, place: str = "rule") -> AlertRule:
    """Return the rule of a line such as ``critical source=risk key=broker:* -> desktop, sound``.

    Raises:
        UsageError: with every finding.
    """
    head, arrow, tail = text.partition("->")
    findings: list[Finding] = []

    def wrong(value: str, problem: str, remedy: str = "") -> None:
        findings.append(Finding(place=place, value=value, problem=problem, remedy=remedy))

    if not arrow:
        wrong(text, "expected a severity, an arrow and channels", "Write for example: warning -> desktop, sound")
    fields: dict[str, str] = {}
    for word in head.split():
        name, equals, value = word.partition("=")
        if equals and name in {"source", "key"} and value:
            fields[name] = value
        elif not equals and word in set(Severity):
            fields["severity"] = word
        else:
            wrong(word, "is no severity, source= or key=", f"Severities are {', '.join(Severity)}.")
    names = [name.strip() for name in tail.split(",") if name.strip()]
    for name in names:
        if name not in set(ChannelName):
            wrong(name, "is no channel", f"Channels are {', '.join(ChannelName)}.")
    if findings:
        raise UsageError(*findings)
    return AlertRule(
        severity=Severity(fields.get("severity", Severity.WARNING)),
        source=fields.get("source", "*"),
        key=fields.get("key", "*"),
        channels=tuple(ChannelName(name) for name in names),
    )


def rule_text(rule: AlertRule) -> str:
    """Return the line that :func:`parse_rule` reads."""
    parts = [rule.severity.value]
    parts += [f"source={rule.source}"] if rule.source != "*" else []
    parts += [f"key={rule.key}"] if rule.key != "*" else []
    return f"{' '.join(parts)} -> {', '.join(rule.channels)}".rstrip()


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """When channels stay silent; equal times turn them off.

    Attributes:
        begin: local time of the zone.
        end: may be on the next day.
        critical_passes: critical alerts are told nevertheless.
    """

    begin: time = time(0)
    end: time = time(0)
    zone: str = "UTC"
    critical_passes: bool = True

    def quiet_at(self, now: datetime) -> bool:
        """Say whether an aware time is in them."""
        if self.begin == self.end:
            return False
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if self.begin < self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def silences(self, alert: Alert, now: datetime) -> bool:
        """Say whether an alert is not told now."""
        if alert.severity is Severity.CRITICAL and self.critical_passes:
            return False
        return self.quiet_at(now)


def known_zone(name: str) -> bool:
    """Say whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class AlertNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel delivers.

    Attributes:
        key: of the alert; empty for a summary or a test.
        repeated: how often it was raised.
    """

    title: str
    detail: str
    severity: Severity
    source: str
    at: datetime
    remedy: str = ""
    key: str = ""
    repeated: int = 1

    @property
    def text(self) -> str:
        """Everything but the title, a line each."""
        times = f"Raised {self.repeated} times." if self.repeated > 1 else ""
        stamp = f"{self.severity.value.upper()} from {self.source} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
        return "\n".join(
            part for part in (self.detail, self.remedy and f"What to do: {self.remedy}", times, stamp) if part
        )


class ChannelState(StrEnum):
    """How a channel does."""

    OFF = "off"
    UNTRIED = "not tried yet"
    OK = "ok"
    FAILING = "failing"


class ChannelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as the panel shows it.

    Attributes:
        since: since when it is in this state.
        error: the last one, also after it works again.
        waiting: notes in its queue.
        dropped: notes that were given up, or found the queue full.
    """

    name: ChannelName
    state: ChannelState
    since: datetime
    delivered: int = 0
    waiting: int = 0
    dropped: int = 0
    error: str = ""
    error_at: datetime | None = None
    target: str = ""


class AlertMoment(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an alert: raised, raised again, acknowledged, passed, muted, escalated."""

    at: datetime
    key: str
    severity: Severity
    title: str
    what: str
    by: str = ""
    number: int = 0
