"""The commands about the journal's audit and about alerts, as data."""

from pathlib import Path
from typing import Final

from ares_desktop.cli.lab_values import from_time, not_negative, to_time
from ares_desktop.cli.remote import in_app, is_running
from ares_desktop.cli.spec import Argument, Command, Invocation
from ares_desktop.cli.values import choice, count, names, output_file
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.alerting import ChannelName
from ares_desktop.domain.errors import Finding, UsageError

_TEST_WITHIN_S: Final = 130.0
_CHANNELS: Final = ", ".join(ChannelName)


def _search(invocation: Invocation) -> Reply:
    from ares_desktop.cli.audit_offline import search  # noqa: PLC0415 - only this command needs it

    return search(_journal(invocation), invocation.values)


def _chain(invocation: Invocation) -> Reply:
    from ares_desktop.cli.audit_offline import chain  # noqa: PLC0415 - only this command needs it

    return chain(_journal(invocation), invocation.values["order"])


def _bundle(invocation: Invocation) -> Reply:
    """Have the application make the bundle, which knows more; without one what is on the disk is packed."""
    if is_running(invocation):
        return in_app("audit.bundle", done_within_s=_TEST_WITHIN_S)(invocation)
    from ares_desktop.cli.audit_offline import bundle  # noqa: PLC0415 - only this command needs it

    _journal(invocation)
    return bundle(invocation.profile, invocation.values)


def _secret(invocation: Invocation) -> Reply:
    from ares_desktop.cli.audit_offline import keep_secret  # noqa: PLC0415 - only this command needs it

    return keep_secret(invocation.profile, invocation.values["name"])


def _journal(invocation: Invocation) -> Path:
    path = invocation.profile.journal
    if not path.exists():
        remedy = "Check --profile; the first run makes the journal."
        raise UsageError(Finding(place="--profile", value=str(path.parent), problem="has no journal", remedy=remedy))
    return path


AUDIT: Final = (
    Command(
        words=("audit",),
        help="search the journal: every command, order, limit and state, newest first",
        run=_search,
        view="audit",
        arguments=(
            Argument(name="kind", flag="--kind", metavar="A,B", convert=names, help="kinds, such as CommandIssued"),
            Argument(name="since", flag="--from", metavar="TIME", convert=from_time, help="not before"),
            Argument(name="until", flag="--to", metavar="TIME", convert=to_time, help="not after"),
            Argument(name="who", flag="--who", metavar="NAME", help="user, source or door, such as window"),
            Argument(name="scope", flag="--scope", metavar="S", help="a strategy, account or instrument"),
            Argument(name="order", flag="--order", metavar="ID", help="a client order id"),
            Argument(name="text", flag="--text", metavar="TEXT", help="anywhere in the event"),
            Argument(name="before", flag="--before", metavar="N", convert=count, help="only earlier sequences"),
            Argument(name="limit", flag="--count", metavar="N", convert=count, help="how many, else 200"),
        ),
    ),
    Command(
        words=("audit", "chain"),
        help="show what led to an order and what came of it",
        run=_chain,
        view="chain",
        arguments=(Argument(name="order", metavar="ORDER", required=True, help="a client order id"),),
    ),
    Command(
        words=("audit", "bundle"),
        help="pack journal, logs, settings and states of the last minutes into one file, without secrets",
        run=_bundle,
        arguments=(
            Argument(
                name="file", metavar="FILE", convert=output_file(".zip"), required=True, help="a .zip file to write"
            ),
            Argument(
                name="minutes", flag="--minutes", metavar="N", convert=not_negative, help="of the journal, else 30"
            ),
        ),
    ),
    Command(
        words=("alerts", "list"), help="list alerts, and how channels do", run=in_app("alerts.list"), view="alerts"
    ),
    Command(
        words=("alerts", "ack"),
        help="acknowledge an alert or all",
        run=in_app("alerts.ack"),
        arguments=(
            Argument(name="key", metavar="KEY", help="as alerts list shows it"),
            Argument(name="all", flag="--all", help="every open one"),
        ),
    ),
    Command(
        words=("alerts", "mute"),
        help="tell nobody of an alert for a while",
        run=in_app("alerts.mute"),
        arguments=(
            Argument(name="key", metavar="KEY", required=True, help="as alerts list shows it"),
            Argument(
                name="minutes",
                flag="--minutes",
                metavar="N",
                convert=not_negative,
                help="how long, else 60; 0 lifts it",
            ),
        ),
    ),
    Command(
        words=("alerts", "test"),
        help="send a test by a channel",
        run=in_app("alerts.test", done_within_s=_TEST_WITHIN_S),
        arguments=(
            Argument(name="channel", metavar="CHANNEL", convert=choice(*ChannelName), required=True, help=_CHANNELS),
        ),
    ),
    Command(
        words=("alerts", "secret"),
        help="keep a password or token of a channel, read from the terminal or a pipe",
        run=_secret,
        arguments=(
            Argument(name="name", metavar="NAME", required=True, help="such as telegram.token or email.password"),
        ),
    ),
)
"""Commands about the audit and about alerts."""
