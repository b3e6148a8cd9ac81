"""Settings of a paper broker, kept in its folder."""

from pathlib import Path

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.simulation.costs import profile_set

FILE_NAME = "settings.json"


class PaperSettings(SimulationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a paper account is opened with and how its process lives.

    Attributes:
        silence_s: seconds of wall time without market data after which a market order takes the last known price.
        idle_minutes: the process ends after so long without a client.
    """

    silence_s: float = 2.0
    idle_minutes: float = 15.0


def load(folder: Path) -> PaperSettings:
    """Read the settings of a broker's folder; none means the defaults.

    Raises:
        UsageError: when the file can't be read or a value is not valid.
    """
    file = folder / FILE_NAME
    try:
        settings = msgspec.json.decode(file.read_bytes(), type=PaperSettings)
    except FileNotFoundError:
        return PaperSettings()
    except (OSError, msgspec.MsgspecError) as error:
        finding = Finding(place=str(file), value="", problem=str(error), remedy="Correct the file or delete it.")
        raise UsageError(finding) from error
    check(settings, str(file))
    return settings


def check(settings: PaperSettings, place: str) -> None:
    """Raise UsageError with everything that is wrong with ``settings``."""
    positive = {
        "starting_cash": float(settings.starting_cash),
        "silence_s": settings.silence_s,
        "idle_minutes": settings.idle_minutes,
    }
    not_negative = {
        "latency_ms": settings.latency_ms,
        "slippage": settings.slippage,
        "volume_share": settings.volume_share,
        "borrow_rate": settings.borrow_rate,
        "interest_rate": settings.interest_rate,
        "roll_days": settings.roll_days,
        "cost_factor": settings.cost_factor,
    }
    findings = [
        Finding(place=f"{place}: {name}", value=str(value), problem="must be positive", remedy="")
        for name, value in positive.items()
        if not value > 0
    ]
    findings += [
        Finding(place=f"{place}: {name}", value=str(value), problem="must not be negative", remedy="")
        for name, value in not_negative.items()
        if not value >= 0
    ]
    try:
        profile_set(settings.costs)
    except UsageError as error:
        findings += error.findings
    if findings:
        raise UsageError(*findings)


def save(folder: Path, settings: PaperSettings) -> None:
    """Write the settings for the next start of the process."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{FILE_NAME}.new"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(settings)))
    temporary.replace(folder / FILE_NAME)
