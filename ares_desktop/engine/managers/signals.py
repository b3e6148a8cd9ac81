"""A typed face for Qt signals that carry one frozen record."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, cast

from PySide6.QtCore import Signal

T = TypeVar("T")


class SignalOf(Protocol, Generic[T]):
    """What a bound Qt signal offers, typed by its record."""

    def connect(self, slot: Callable[[T], object]) -> object:
        """Call ``slot`` with every record that is emitted."""

    def disconnect(self, slot: Callable[[T], object]) -> object:
        """Stop calling ``slot``."""

    def emit(self, record: T) -> None:
        """Deliver a record."""


def signal_of(record: type[T]) -> SignalOf[T]:
    """Declare a signal that carries one kind of record.

    Used on a QObject class, as in ``filled: SignalOf[Fill] = signal_of(Fill)``.

    The signal is declared as ``object``: a narrower C++ type would cut integers and turn Decimal into float.
    """
    del record
    return cast("SignalOf[T]", Signal(object))
