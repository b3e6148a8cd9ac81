"""Tells when the bars of one time are together, for rules that look at several instruments at once."""

from collections.abc import Collection, Iterable

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar


class BarRound:
    """Bars that end at the same time come one after the other, in any order; a rule across them waits for the last.

    Args:
        all_of: instruments whose bars are all needed. Without them a round is complete with the instruments that the
            round before had: one that is missing delays one decision and is then no longer waited for.
    """

    def __init__(self, all_of: Iterable[InstrumentId] = ()) -> None:
        self._needed = frozenset(all_of)
        self._end_ns = 0
        self._came: set[InstrumentId] = set()
        self._before: frozenset[InstrumentId] = frozenset()

    def update(self, bar: Bar, among: Collection[InstrumentId] | None = None) -> bool:
        """Take a bar in; return True for the one that completes its round.

        Args:
            bar: as it comes to ``on_bar``; one that is older than the present round is left out.
            among: instruments that are still waited for, such as contracts that have not expired; None for all.
        """
        if bar.end_ns < self._end_ns:
            return False
        if bar.end_ns > self._end_ns:
            self._before = frozenset(self._came)
            self._came = set()
            self._end_ns = bar.end_ns
        elif bar.instrument in self._came:
            return False
        waited = self._needed or self._before
        if among is not None:
            waited = waited.intersection(among)
        complete_before = bool(waited) and waited <= self._came
        self._came.add(bar.instrument)
        return bool(waited) and waited <= self._came and not complete_before
