"""The tree of errors that cross a boundary.

AresError
├── UsageError          wrong input of a person: every finding at once
├── RefusedError        a safety rule said no
├── StorageError        the profile, database or journal can't be used
│   └── JournalCorruptError
├── BrokerError         a broker session failed
│   ├── BrokerTimeoutError      outcome unknown
│   └── ClientIdInUseError
├── DeliveryError       a note to a person could not be delivered
├── FeedError           market data can't be delivered
├── StrategyError       a strategy file or instance is at fault
└── ProfileInUseError   another application runs on this profile
"""

import msgspec

from ares_desktop.domain.strategies import Fault


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with an input: where, what it was, what to do."""

    place: str
    value: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        value = f" (was {self.value})" if self.value else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.place}: {self.problem}{value}.{remedy}"


class AresError(Exception):
    """Base of all errors that a caller may act on."""


class UsageError(AresError):
    """Wrong input; carries every finding, not just the first."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class RefusedError(AresError):
    """A safety rule refused; ``code`` is the reason code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class StorageError(AresError):
    """A file of the profile can't be read or written."""


class JournalCorruptError(StorageError):
    """The journal's hash chain is broken; ``sequence`` is the first bad row."""

    def __init__(self, sequence: int, detail: str, *, remedy: str = "") -> None:
        super().__init__(f"journal row {sequence}: {detail}" + (f". {remedy}" if remedy else ""))
        self.sequence = sequence
        self.detail = detail


class BrokerError(AresError):
    """A broker session failed or refused a call."""


class BrokerTimeoutError(BrokerError):
    """No reply in time: the outcome is unknown and must be queried."""


class ClientIdInUseError(BrokerError):
    """Another session holds this client id."""


class DeliveryError(AresError):
    """A channel could not deliver a note.

    Args:
        message: what went wrong, without secrets.
        lasting: trying again can't help, since the channel is set up wrongly.
    """

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class FeedError(AresError):
    """A feed can't deliver."""


class StrategyError(AresError):
    """A strategy file or instance is at fault; ``fault`` tells where, if it is known."""

    def __init__(self, message: str, fault: Fault | None = None) -> None:
        super().__init__(message)
        self.fault = fault


class ProfileInUseError(AresError):
    """Another running application holds the profile."""
