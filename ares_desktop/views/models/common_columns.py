"""Columns that several tables share: times, sides and prices with their instrument's tick."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.orders import Side
from ares_desktop.views.formats import moment, price, quantity, signed_money, word
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.tokens import Tone

T = TypeVar("T")


class Ticks:
    """Price steps by instrument, looked up once each."""

    def __init__(self, lookup: Callable[[InstrumentId], Instrument | None]) -> None:
        self._lookup = lookup
        self._known: dict[InstrumentId, Decimal] = {}

    def __call__(self, instrument: InstrumentId) -> Decimal | None:
        """Return an instrument's tick, None while it is not known."""
        tick = self._known.get(instrument)
        if tick is None:
            found = self._lookup(instrument)
            if found is None:
                return None
            tick = self._known[instrument] = found.tick_size
        return tick


def price_column(
    key: str,
    title: str,
    get: Callable[[T], Decimal | None],
    tick: Callable[[T], Decimal | None],
    **more: Any,  # noqa: ANN401 - further fields of Column
) -> Column[T]:
    """Return a column of prices; an empty cell means that the price does not apply."""
    return Column(
        key=key,
        title=title,
        value=lambda record: (get(record), tick(record)),
        text=lambda pair: "" if pair[0] is None else price(*pair),
        sort=get,
        plain=get,
        align=Align.RIGHT,
        width=more.pop("width", 78),
        **more,
    )


def time_column(key: str, title: str, get: Callable[[T], datetime | None], **more: Any) -> Column[T]:  # noqa: ANN401 - further fields of Column
    """Return a column of UTC times."""
    tone = more.pop("tone", lambda _: Tone.MUTED)
    return Column(key=key, title=title, value=get, text=moment, width=more.pop("width", 126), tone=tone, **more)


def side_column(get: Callable[[T], Side]) -> Column[T]:
    """Return the column of an order's or a fill's side: word, arrow and color agree."""
    return Column(
        key="side",
        title="Side",
        value=get,
        text=word,
        tone=lambda record: Tone.POSITIVE if get(record) is Side.BUY else Tone.NEGATIVE,
        glyph=lambda record: "up" if get(record) is Side.BUY else "down",
        width=58,
    )


def quantity_column(key: str, title: str, get: Callable[[T], Decimal], **more: Any) -> Column[T]:  # noqa: ANN401 - further fields of Column
    """Return a column of unsigned quantities."""
    return Column(
        key=key, title=title, value=get, text=quantity, align=Align.RIGHT, width=more.pop("width", 70), **more
    )


def gain_column(
    key: str,
    title: str,
    get: Callable[[T], Decimal | None],
    *,
    stale: Callable[[T], bool] = lambda _: False,
    **more: Any,  # noqa: ANN401 - further fields of Column
) -> Column[T]:
    """Return a column of gains and losses; a stale figure loses its color."""
    return Column(
        key=key,
        title=title,
        value=get,
        text=signed_money,
        align=Align.RIGHT,
        width=more.pop("width", 92),
        tone=lambda record: Tone.FAINT if stale(record) else sign_tone(get(record)),
        **more,
    )
