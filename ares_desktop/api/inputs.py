"""What a strategy knew when it made an order."""

from typing import Final

from ares_desktop.api.book import Book
from ares_desktop.domain.decisions import INPUT_NAME_CHARS, MOST_INPUTS, bounded_inputs
from ares_desktop.domain.ids import InstrumentId

_SEEN: Final = 3
"""Price, position and equity, which every decision has beside its strategy's own values."""


class Inputs:
    """The newest value of each name that the strategy recorded, and what it saw of market and money.

    Beside the recorded values an order takes along ``price`` (newest mark of its instrument), ``position`` (signed
    quantity held of it) and ``equity`` (of the instance, in the account's currency). A value that the strategy
    recorded under one of these names stays what it recorded. What is not known is left out. At most 32 values go with
    an order: of more names the ones that were recorded last.

    Args:
        keep: False where nobody looks at inputs: then there are none, and none cost anything.
    """

    __slots__ = ("_book", "_values", "keep")

    def __init__(self, book: Book, *, keep: bool) -> None:
        self.keep = keep
        self._book = book
        self._values: dict[str, float] = {}

    def record(self, name: str, value: float) -> None:
        """Note a value."""
        if not self.keep:
            return
        values, name = self._values, name[:INPUT_NAME_CHARS]
        values.pop(name, None)
        values[name] = value
        if len(values) > MOST_INPUTS - _SEEN:
            del values[next(iter(values))]

    def of(self, instrument: InstrumentId) -> dict[str, float]:
        """Return what an order in an instrument takes along."""
        book = self._book
        seen = {"position": float(book.quantity(instrument)), "equity": float(book.equity)}
        price = book.marks.get(instrument)
        if price is not None:
            seen["price"] = price
        return bounded_inputs(seen | self._values)
