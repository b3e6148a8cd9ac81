"""The table of decisions: one row for each order there ever was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ares_desktop.domain.decisions import Decision
from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import gain_column, quantity_column, side_column, time_column
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from collections.abc import Callable


def _gate_tone(decision: Decision) -> Tone:
    return Tone.MUTED if decision.approved else Tone.WARNING


def _gate_code(decision: Decision) -> str:
    return "" if decision.approved else decision.order.reason_code


def _gate_text(code: str) -> str:
    return translated("Approved") if not code else word(code)


def _inputs(decision: Decision) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in decision.inputs.items())


def decision_columns() -> tuple[Column[Decision], ...]:
    """Return the columns of the decisions."""
    quiet: Callable[[Decision], Tone] = lambda _: Tone.MUTED  # noqa: E731 - said once for several columns
    return (
        time_column("time", "Time", lambda d: d.at),
        Column(key="strategy", title="Strategy", value=lambda d: d.order.intent.strategy, width=82),
        Column(key="instrument", title="Instrument", value=lambda d: d.order.intent.instrument, width=82),
        side_column(lambda d: d.order.intent.side),
        quantity_column("quantity", "Qty", lambda d: d.order.intent.quantity, width=56),
        Column(
            key="gate",
            title="Gate",
            value=_gate_code,
            text=_gate_text,
            tone=_gate_tone,
            glyph=lambda d: "check" if d.approved else "error",
            tooltip=lambda d: d.gate,
            plain=lambda d: d.gate,
            width=112,
        ),
        gain_column("realized", "P&L", lambda d: d.realized, width=76),
        Column(key="reason", title="Reason", value=lambda d: d.reason, tooltip=lambda d: d.reason, width=240),
        Column(key="state", title="State", value=lambda d: d.order.state, text=word, tone=quiet, hidden=True),
        Column(key="forecast", title="Forecast", value=lambda d: d.forecast, width=120, hidden=True),
        Column(key="inputs", title="Inputs", value=_inputs, tone=quiet, tooltip=_inputs, width=240, hidden=True),
        Column(
            key="commission",
            title="Commission",
            value=lambda d: d.commission,
            text=formats.money,
            align=Align.RIGHT,
            tone=quiet,
            hidden=True,
        ),
        Column(key="id", title="Order id", value=lambda d: d.id, tone=quiet, width=130, hidden=True),
    )
