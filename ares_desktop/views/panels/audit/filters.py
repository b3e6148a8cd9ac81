"""Which events of the journal are looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit

from ares_desktop.domain.audit import AuditQuery
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.views.formats import translated

if TYPE_CHECKING:
    from datetime import datetime

_KINDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("All events", ()),
    ("Commands", ("CommandIssued", "CommandFinished")),
    ("Denials", ("OrderDenied",)),
    ("Limits", ("LimitsChanged",)),
    ("States and kill switch", ("TradingStateSet", "KillSwitchEngaged", "KillSwitchStepped", "KillSwitchReleased")),
    ("Locks and ladder", ("LockPlaced", "LockLifted", "LadderStepped", "ExecutionsConfirmed")),
    (
        "Orders",
        (
            "OrderSubmitted",
            "OrderDenied",
            "OrderAccepted",
            "OrderRejected",
            "OrderCanceled",
            "OrderExpired",
            "OrderTriggered",
            "OrderUpdated",
            "OrderOutcomeUnknown",
            "CancelRequested",
            "CancelRejected",
            "UpdateRequested",
            "UpdateRejected",
        ),
    ),
    ("Fills", ("OrderFilled", "CommissionReported")),
    (
        "Books",
        ("CashFlowRecorded", "PositionAdjusted", "PositionMoved", "PositionSplit", "CarryBooked", "Reconciled"),
    ),
    (
        "Strategies",
        ("InstanceSaved", "InstanceRemoved", "InstanceFaulted", "StartForced", "StrategyReloaded"),
    ),
    ("Sessions", ("SessionStarted", "SessionStopped")),
)
_TIMES: Final[tuple[tuple[str, timedelta | None], ...]] = (
    ("Any time", None),
    ("Last 15 minutes", timedelta(minutes=15)),
    ("Last hour", timedelta(hours=1)),
    ("Last day", timedelta(days=1)),
    ("Last 7 days", timedelta(days=7)),
)


class AuditFilters(QFrame):
    """Choices and fields side by side.

    Signals:
        changed: after one of them was chosen anew, or Enter was pressed in a field.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "toolbar")
        self.setFixedHeight(32)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 3)
        row.setSpacing(4)
        self.kind = self._choice(translated("Events"), tuple(text for text, _ in _KINDS))
        self.time = self._choice(translated("Time"), tuple(text for text, _ in _TIMES))
        self.who = self._field(translated("Who"), translated("user, source or window"))
        self.scope = self._field(translated("Concerns"), translated("strategy, account, instrument"))
        self.order = self._field(translated("Order"), translated("client order id"))
        self.text = self._field(translated("Text"), translated("anywhere in the event"))
        for widget, share in (
            (self.kind, 4),
            (self.time, 3),
            (self.who, 3),
            (self.scope, 4),
            (self.order, 4),
            (self.text, 5),
        ):
            row.addWidget(widget, share)

    def _choice(self, name: str, texts: tuple[str, ...]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setMinimumWidth(96)
        box.addItems([translated(text) for text in texts])
        box.activated.connect(self.changed)
        return box

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setToolTip(translated("{0}: {1}; Enter searches").format(name, hint))
        field.setPlaceholderText(name)
        field.setClearButtonEnabled(True)
        field.setMinimumWidth(60)
        field.returnPressed.connect(self.changed)
        return field

    def query(self, now: datetime) -> AuditQuery:
        """Return what is looked for; times are counted back from ``now``."""
        back = _TIMES[self.time.currentIndex()][1]
        return AuditQuery(
            kinds=_KINDS[self.kind.currentIndex()][1],
            since=None if back is None else now - back,
            who=self.who.text().strip(),
            scope=self.scope.text().strip(),
            order=ClientOrderId(self.order.text().strip()),
            text=self.text.text().strip(),
        )

    def clear(self) -> None:
        """Look for everything again."""
        self.kind.setCurrentIndex(0)
        self.time.setCurrentIndex(0)
        for field in (self.who, self.scope, self.order, self.text):
            field.clear()
