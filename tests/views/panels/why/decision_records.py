"""Builders of decisions with plausible defaults."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from ares_desktop.domain.decisions import Decision, DecisionStep
from ares_desktop.domain.orders import Order, OrderState
from tests.views.records import NOW, a_fill, an_order


def a_decision(number: int = 1, *, state: OrderState = OrderState.FILLED, **changes: Any) -> Decision:
    """Return a decision; fields of its intent may be given too."""
    own = {key: changes.pop(key) for key in tuple(changes) if key in Decision.__struct_fields__}
    denied = state is OrderState.DENIED
    refusal = {"reason_code": "BUYING_POWER", "reason": "needs 10, has 4"} if denied else {}
    order = an_order(number, state=state, **refusal, **changes)
    return Decision(
        **{
            "order": order,
            "at": order.intent.created_at,
            "inputs": {"fast": 101.25, "slow": 99.5},
            "approved": not denied,
            "gate": f"{order.reason_code}: {order.reason}" if denied else "approved",
            "reason": f"crossed upward, number {number}",
            "steps": steps_of(order, filled=state is OrderState.FILLED),
            "fills": (a_fill(number, client_order_id=order.id),) if state is OrderState.FILLED else (),
            **own,
        }
    )


def steps_of(order: Order, *, filled: bool) -> tuple[DecisionStep, ...]:
    """Return what happened to an order, a step every 250 ms."""
    words = ("intent", "gate", "submitted", "accepted", "fill") if filled else ("intent", "gate")
    began = order.intent.created_at
    return tuple(
        DecisionStep(at=began + timedelta(milliseconds=250 * number), what=word, detail="", sequence=number + 1)
        for number, word in enumerate(words)
    )


def many_decisions(number: int) -> list[Decision]:
    """Return decisions of three strategies, a minute apart, every tenth of them denied."""
    names = ("smag7-long", "cnr", "breakout")
    return [
        a_decision(
            place,
            state=OrderState.DENIED if place % 10 == 0 else OrderState.FILLED,
            strategy=names[place % 3],
            created_at=NOW - timedelta(minutes=number - place),
            realized=Decimal(place % 7 - 3) if place % 2 else None,
        )
        for place in range(number)
    ]
