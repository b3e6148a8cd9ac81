"""Tables of the audit and of alerts."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import NUMBER, STATE, TEXT, TIME, Column

AUDIT_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "audit": {
        "": (
            ("No.", "sequence", NUMBER),
            ("Time", "at", TIME),
            ("Event", "kind", TEXT),
            ("Who", "who", TEXT),
            ("Concerns", "subject", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Order", "order", TEXT),
            ("Content", "summary", TEXT),
        )
    },
    "chain": {
        "links": (
            ("No.", "sequence", NUMBER),
            ("Time", "at", TIME),
            ("Stage", "stage", TEXT),
            ("What", "what", TEXT),
            ("Detail", "detail", TEXT),
        )
    },
    "alerts": {
        "alerts": (
            ("Severity", "severity", STATE),
            ("Time", "at", TIME),
            ("Alert", "title", TEXT),
            ("Detail", "detail", TEXT),
            ("What to do", "remedy", TEXT),
            ("Count", "count", NUMBER),
            ("Seen", "acknowledged", TEXT),
            ("By", "acknowledged_by", TEXT),
            ("Key", "key", TEXT),
        ),
        "channels": (
            ("Channel", "channel", TEXT),
            ("State", "state", STATE),
            ("Since", "since", TIME),
            ("Delivered", "delivered", NUMBER),
            ("Waiting", "waiting", NUMBER),
            ("Given up", "dropped", NUMBER),
            ("Last error", "error", TEXT),
            ("Reaches", "target", TEXT),
        ),
    },
}
"""What each view shows."""
