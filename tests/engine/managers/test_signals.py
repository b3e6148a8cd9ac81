"""Signals carry records as they are, with or without a Qt application."""

from decimal import Decimal

from PySide6.QtCore import QObject

from ares_desktop.domain.fills import Fill
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.engine.trading.books_builders import a_fill


class Source(QObject):
    """Has two signals."""

    filled: SignalOf[Fill] = signal_of(Fill)
    named: SignalOf[int] = signal_of(int)


def test_a_record_arrives_as_the_object_that_was_sent() -> None:
    source, seen = Source(), list[Fill]()
    source.filled.connect(seen.append)
    fill = a_fill("0.1000000000000000000001")
    source.filled.emit(fill)
    assert seen[0] is fill
    assert seen[0].quantity == Decimal("0.1000000000000000000001")


def test_a_number_is_not_cut_to_what_fits_into_a_machine_word() -> None:
    source, seen = Source(), list[int]()
    source.named.connect(seen.append)
    source.named.emit(2**70)
    assert seen == [2**70]


def test_each_object_has_signals_of_its_own_and_who_left_hears_nothing() -> None:
    one, other, seen = Source(), Source(), list[int]()
    one.named.connect(seen.append)
    other.named.emit(1)
    one.named.disconnect(seen.append)
    one.named.emit(2)
    assert seen == []
