"""Commands that need no running application, or work beside one."""

from pathlib import Path

from ares_desktop.cli.remote import in_app, is_running
from ares_desktop.cli.spec import Invocation, done
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.errors import Finding, UsageError

_TAIL = 20


def check_strategy(invocation: Invocation) -> Reply:
    """Have a strategy file validated, by the application where one runs."""
    if is_running(invocation):
        return in_app("strategies.check")(invocation)
    from ares_desktop.cli.offline import check_strategy_file  # noqa: PLC0415 - loads the hosting service

    return check_strategy_file(Path(invocation.values["file"]))


def import_data(invocation: Invocation) -> Reply:
    """Store files of market data, through the application where one runs: a store has one owner."""
    if is_running(invocation):
        return in_app("data.import", done_within_s=3600.0)(invocation)
    from ares_desktop.cli.offline import import_files  # noqa: PLC0415 - loads the market data store

    return import_files(invocation.profile, invocation.values)


def list_data(invocation: Invocation) -> Reply:
    """List the stored market data."""
    if is_running(invocation):
        return in_app("data.list")(invocation)
    from ares_desktop.cli.offline import list_stored  # noqa: PLC0415 - loads the market data store

    return list_stored(invocation.profile)


def export_data(invocation: Invocation) -> Reply:
    """Write a stored series to a file; reading does not disturb an application that runs."""
    from ares_desktop.cli.offline import export_series  # noqa: PLC0415 - loads the market data store

    return export_series(invocation.profile, invocation.values)


def verify_journal(invocation: Invocation) -> Reply:
    """Check the journal's hash chain, also while the application writes."""
    from ares_desktop.engine.adapters.stores.journal_check import verify  # noqa: PLC0415 - only this command needs it

    found = verify(_journal(invocation))
    return done(found, ExitCode.DONE if found.ok else ExitCode.FAILED)


def tail_journal(invocation: Invocation) -> Reply:
    """Show the newest events of the journal, also while the application writes."""
    from ares_desktop.control.documents import event_document  # noqa: PLC0415 - only this command needs it
    from ares_desktop.engine.adapters.stores.journal_check import tail  # noqa: PLC0415 - only this command needs it

    events = tail(_journal(invocation), invocation.values["count"] or _TAIL)
    return done([event_document(event) for event in events])


def doctor(invocation: Invocation) -> Reply:
    """Check everything the application stands on."""
    from ares_desktop.cli.doctor import examine  # noqa: PLC0415 - imports every library

    checks = examine(invocation.profile)
    failed = any(check.state == "failed" for check in checks)
    return done(checks, ExitCode.FAILED if failed else ExitCode.DONE)


def _journal(invocation: Invocation) -> Path:
    path = invocation.profile.journal
    if not path.exists():
        remedy = "Check --profile; the first run makes the journal."
        raise UsageError(Finding(place="--profile", value=str(path.parent), problem="has no journal", remedy=remedy))
    return path
