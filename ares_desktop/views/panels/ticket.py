"""The order ticket: a few fields, an estimate, Buy and Sell; what the gate denies is said on the spot."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ares_desktop.domain.errors import AresError, RefusedError, UsageError
from ares_desktop.domain.money import MONEY_CONTEXT, ZERO
from ares_desktop.domain.orders import Order, OrderState, Side, TimeInForce
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import money, price, quantity, signed_quantity, translated, word
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, set_property
from ares_desktop.views.widgets.wheel import guard_wheel

if TYPE_CHECKING:
    from ares_desktop.domain.ids import ClientOrderId, InstrumentId
    from ares_desktop.views.desk import Desk

_OWN_BOOK: Final = ""


class TicketPanel(Panel):
    """Places the trader's own orders, through the same gate as everybody's."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._followed: ClientOrderId | None = None
        self.instrument = QLineEdit()
        self.quantity = QLineEdit("100")
        self.limit = QLineEdit()
        self.stop = QLineEdit()
        self.trail = QLineEdit()
        self.tif = QComboBox()
        self.book = QComboBox()
        self.estimate = label(tone=Tone.MUTED)
        self.answer = label()
        self.buy = push_button(translated("Buy"), lambda: self.submit(Side.BUY), role="buy", tooltip="Alt+B")
        self.sell = push_button(translated("Sell"), lambda: self.submit(Side.SELL), role="sell", tooltip="Alt+S")
        self._configure()
        self._arrange()
        self._connect()

    def _configure(self) -> None:
        self.instrument.setObjectName("view_ticket")
        self.instrument.setPlaceholderText(translated("AAPL"))
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.instrument.setCompleter(completer)
        for line in (self.limit, self.stop, self.trail):
            line.setPlaceholderText(translated("none"))
        for tif in TimeInForce:
            self.tif.addItem(tif.value, tif)
        self.estimate.setWordWrap(True)
        self.answer.setWordWrap(True)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for button in (self.buy, self.sell):
            button.setMinimumHeight(30)
        self.buy.setShortcut("Alt+B")
        self.sell.setShortcut("Alt+S")
        self._fill_books()

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        fields = (
            ("Instrument", self.instrument, 0, 0),
            ("Quantity", self.quantity, 0, 1),
            ("Book", self.book, 0, 2),
            ("Limit", self.limit, 2, 0),
            ("Stop", self.stop, 2, 1),
            ("Trail", self.trail, 2, 2),
            ("TIF", self.tif, 2, 3),
        )
        for text, editor, row, column in fields:
            caption = label(translated(text), part="caption")
            caption.setBuddy(editor)
            editor.setAccessibleName(translated(text))
            guard_wheel(editor)
            span = 2 if editor is self.book else 1
            grid.addWidget(caption, row, column, 1, span)
            grid.addWidget(editor, row + 1, column, 1, span)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        return grid

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.buy, 1)
        buttons.addWidget(self.sell, 1)
        inner = QWidget()
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(10, 8, 10, 8)
        whole.setSpacing(8)
        whole.addLayout(self._fields())
        whole.addWidget(self.estimate)
        whole.addLayout(buttons)
        whole.addWidget(self.answer)
        whole.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.column.addWidget(area)

    def _connect(self) -> None:
        for line in (self.instrument, self.quantity, self.limit, self.stop, self.trail):
            line.textChanged.connect(self._edited)
        self.book.currentIndexChanged.connect(self._show_estimate)
        self.desk.managers.strategies.status_changed.connect(lambda _: self._fill_books())
        self.desk.managers.trades.order_changed.connect(self._order_changed)
        self._edited()

    def _fill_books(self) -> None:
        names = [_OWN_BOOK, *sorted(status.instance.name for status in self.desk.managers.strategies.statuses())]
        if names == [self.book.itemData(number) for number in range(self.book.count())]:
            return
        chosen = self.book.currentData() or _OWN_BOOK
        self.book.clear()
        for name in names:
            self.book.addItem(name or translated("own orders"), name)
        self.book.setCurrentIndex(max(0, self.book.findData(chosen)))

    def second_passed(self) -> None:
        """Offer new instruments and renew the estimate."""
        names = [one.id for one in self.desk.managers.data.instruments()]
        if names != self._names.stringList():
            self._names.setStringList(names)
        self._show_estimate()

    # reading what was typed

    @staticmethod
    def _number(line: QLineEdit) -> Decimal | None:
        """Return what was typed, None for nothing, zero for what is no number: no field takes a zero."""
        text = line.text().replace(",", "").strip()
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            return ZERO
        return value if value.is_finite() and value.adjusted() < MONEY_CONTEXT.prec else ZERO

    def _wrong(self) -> list[QLineEdit]:
        wrong = []
        for line in (self.quantity, self.limit, self.stop, self.trail):
            value = self._number(line)
            if (value is None and line is self.quantity) or (value is not None and value <= 0):
                wrong.append(line)
        return wrong

    def _instrument(self) -> InstrumentId | None:
        try:
            return self.desk.managers.data.resolve(self.instrument.text().strip())
        except UsageError:
            return None

    def _edited(self) -> None:
        wrong = self._wrong()
        for line in (self.quantity, self.limit, self.stop, self.trail):
            set_property(line, "invalid", line in wrong and bool(line.text()))
        ready = not wrong and bool(self.instrument.text().strip())
        self.buy.setEnabled(ready)
        self.sell.setEnabled(ready)
        self._followed = None
        self.answer.clear()
        self._show_estimate()

    def _show_estimate(self) -> None:
        instrument = self._instrument() if self.instrument.text().strip() else None
        size = self._number(self.quantity)
        if instrument is None or size is None or size <= 0:
            self.estimate.setText(translated("Type an instrument and a quantity."))
            return
        data = self.desk.managers.data
        limit = self._number(self.limit)
        last = data.last_price(instrument)
        at = limit if limit is not None and limit > 0 else None if last is None else Decimal(repr(last))
        known = data.instrument(instrument)
        multiplier = known.multiplier if known is not None else Decimal(1)
        value = None if at is None else at * size * multiplier
        book = self.book.currentData() or "manual"
        held = [
            one.quantity
            for one in self.desk.managers.portfolio.positions()
            if (one.strategy, one.instrument) == (book, instrument)
        ]
        parts = (
            f"{instrument} {price(last, self.ticks(instrument))}",
            translated("about {0}").format(money(value)),
            translated("position {0}").format(signed_quantity(sum(held, ZERO))),
        )
        self.estimate.setText(" \N{MIDDLE DOT} ".join(parts))

    # placing

    def submit(self, side: Side) -> None:
        """Place the order; the gate decides."""
        size = self._number(self.quantity)
        if size is None or self._wrong():
            return
        ticket = OrderTicket(
            side=side,
            quantity=size,
            instrument=self.instrument.text().strip(),
            limit=self._number(self.limit),
            stop=self._number(self.stop),
            trail=self._number(self.trail),
            tif=self.tif.currentData(),
            strategy=self.book.currentData() or None,
            source=SOURCE,
        )
        self._answer(translated("Sending\N{HORIZONTAL ELLIPSIS}"), Tone.MUTED)
        self.desk.runner.run(
            translated("Place an order"),
            lambda: self.desk.managers.trades.submit(ticket),
            done=self._accepted,
            failed=self._refused,
            arguments={name: value for name, value in msgspec.structs.asdict(ticket).items() if name != "source"},
        )

    def _order_changed(self, order: Order) -> None:
        if order.id == self._followed:
            self._accepted(order)

    def _accepted(self, order: Order) -> None:
        self._followed = order.id
        intent = order.intent
        text = f"{word(intent.side)} {quantity(intent.quantity)} {intent.instrument}: {word(order.state)}"
        failed = order.state in {OrderState.REJECTED, OrderState.UNKNOWN}
        why = f", {order.reason}" if order.reason else ""
        self._answer(f"{text}{why} ({order.id})", Tone.NEGATIVE if failed else Tone.POSITIVE)

    def _refused(self, error: AresError) -> bool:
        if isinstance(error, RefusedError):
            self._answer(translated("Denied, {0}: {1}").format(error.code, error.detail), Tone.NEGATIVE)
        else:
            self._answer(str(error), Tone.NEGATIVE)
        return True

    def _answer(self, text: str, tone: Tone) -> None:
        self.answer.setText(text)
        set_property(self.answer, "tone", tone.value)
