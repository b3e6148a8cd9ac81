"""Finds an instrument by what a person types."""

import difflib
from collections.abc import Callable, Iterable

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument


class InstrumentDirectory:
    """Looks instruments up by id or by symbol, whatever the case.

    Args:
        known: returns the instruments of the moment.
    """

    def __init__(self, known: Callable[[], Iterable[Instrument]]) -> None:
        self._known = known

    def resolve(self, text: str) -> InstrumentId:
        """Return the instrument that ``text`` names; the venue may be left out where one symbol has one venue.

        Raises:
            UsageError: when nothing matches, with the nearest names, or when several do.
        """
        wanted = text.strip().upper()
        known = {instrument.id: instrument for instrument in self._known()}
        exact = [item for item in known if item.upper() == wanted]
        found = exact or [item for item, instrument in known.items() if instrument.symbol.upper() == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                Finding(
                    place="instrument",
                    value=text,
                    problem="is traded at several venues",
                    remedy=f"Write one of {', '.join(sorted(found))}.",
                ),
            )
        near = difflib.get_close_matches(wanted, [item.upper() for item in known], n=4, cutoff=0.4)
        names = [item for item in known if item.upper() in near] or sorted(known)[:4]
        remedy = f"Known ones are {', '.join(names)}." if names else "No feed has delivered any instrument yet."
        raise UsageError(Finding(place="instrument", value=text, problem="is not known", remedy=remedy))
