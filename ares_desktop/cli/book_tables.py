"""Tables of the commands about the books."""

from collections.abc import Mapping, Sequence
from typing import Final

from ares_desktop.cli.columns import NUMBER, SIGNED, STATE, TEXT, TIME, Column

BOOK_VIEWS: Final[Mapping[str, Mapping[str, Sequence[Column]]]] = {
    "proof": {
        "lines": (
            ("Account", "account", TEXT),
            ("Item", "item", TEXT),
            ("Books", "books", NUMBER),
            ("Unassigned", "unassigned", NUMBER),
            ("Broker", "broker", NUMBER),
            ("Difference", "difference", SIGNED),
            ("Proof", "state", STATE),
        )
    },
    "moves": {
        "": (
            ("Move", "move", TEXT),
            ("Time", "at", TIME),
            ("Kind", "kind", TEXT),
            ("Instrument", "instrument", TEXT),
            ("Quantity", "quantity", NUMBER),
            ("Cost", "cost", NUMBER),
            ("From", "from", TEXT),
            ("To", "to", TEXT),
            ("By", "source", TEXT),
            ("Undone by", "undone_by", TEXT),
        )
    },
    "flows": {
        "": (
            ("Time", "at", TIME),
            ("Kind", "kind", TEXT),
            ("Book", "strategy", TEXT),
            ("Amount", "amount", SIGNED),
            ("Currency", "currency", TEXT),
            ("By", "source", TEXT),
            ("Note", "note", TEXT),
        )
    },
    "discrepancies": {
        "": (
            ("Id", "id", TEXT),
            ("Ours", "ours", TEXT),
            ("Broker", "broker", TEXT),
            ("Since", "since", TIME),
            ("Seen", "seen", NUMBER),
            ("What can be done", "remedies", TEXT),
            ("State", "state", STATE),
        )
    },
}
"""For each view its tables, by the key of their rows in the document."""
