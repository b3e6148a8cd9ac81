"""The command that rehearses restarts, as data."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import NUMBER, TEXT, Column
from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.values import count

_DONE_WITHIN_S: Final = 3600.0

REHEARSAL: Final = (
    Command(
        words=("rehearse",),
        help="kill and restart a copy of the application on paper, and compare what is left",
        run=in_app("rehearse", done_within_s=_DONE_WITHIN_S),
        view="rehearse",
        arguments=(
            Argument(
                name="runs", flag="--runs", metavar="N", convert=count, help="restarts, from 1 to 50; 5 are usual"
            ),
            Argument(name="adapter", flag="--adapter", metavar="NAME", help="broker to rehearse with, such as paper"),
            Argument(name="show", flag="--show", help="only what the newest rehearsals found"),
            Argument(name="cancel", flag="--cancel", help="end the one at work"),
        ),
    ),
)

REHEARSAL_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "rehearse": {
        "restarts": (
            ("Restart", "number", NUMBER),
            ("Ended", "moment", TEXT),
            ("Orders", "orders", NUMBER),
            ("Executions", "executions", NUMBER),
            ("Seconds", "seconds", NUMBER),
            ("Problem", "problem", TEXT),
        ),
        "rehearsals": (
            ("Adapter", "adapter", TEXT),
            ("Passed", "passed", NUMBER),
            ("Of", "wanted", NUMBER),
            ("Version", "version", TEXT),
            ("At", "at", TEXT),
        ),
    }
}
"""How its documents are shown."""
