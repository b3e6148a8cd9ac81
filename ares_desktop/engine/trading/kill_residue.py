"""What the kill switch could not undo yet, each with what happens next."""

from datetime import datetime

from ares_desktop.domain.kill import KillMode, Residue
from ares_desktop.engine.trading.flatten import Holding
from ares_desktop.engine.trading.kill_closing import Closing
from ares_desktop.engine.trading.kill_tools import KillTools
from ares_desktop.engine.trading.link import BrokerLink

_AGAIN = "tried again by itself until it is gone"


def residue(tools: KillTools, scope: str, link: BrokerLink, closing: Closing, mode: KillMode) -> tuple[Residue, ...]:
    """Return what is left at one broker: an unreachable session first, then orders, then positions."""
    account, left = link.account, []
    if not link.status.connected:
        left.append(
            Residue(
                item=link.broker.name,
                detail=f"no session, {link.status.detail or link.status.state}: what is there is not known",
                next_action="canceled and asked again as soon as it is back",
                account=account,
            )
        )
    left += [
        Residue(item=order.id, detail=f"order is {order.state}", next_action=_AGAIN, account=account)
        for order in tools.working(scope, account)
    ]
    if mode is KillMode.FLATTEN:
        left += [_position(tools, closing, holding) for holding in tools.held(scope, account)]
    if not left:
        left.append(
            Residue(
                item=link.broker.name,
                detail="did not confirm that nothing is left",
                next_action="asked again by itself until it does",
                account=account,
            )
        )
    return tuple(left)


def _position(tools: KillTools, closing: Closing, holding: Holding) -> Residue:
    account, strategy, instrument = holding
    detail = f"{strategy} holds {tools.quantity(holding):f}"
    opens: datetime | None = None
    refused = closing.refused.get(holding)
    if closing.is_dust(holding) and refused is not None:
        detail += f", too small to be traded: {refused.detail}"
        action = "close it at the broker by hand, or buy it up to what can be sold; tried again meanwhile"
    elif closing.is_blocked(holding):
        action = "closed as soon as the broker confirms that no order of it works any more"
    elif refused is not None:
        detail += f", its order was denied: {refused.detail}"
        action = _AGAIN
    elif (order := closing.order_of(holding)) is None:
        detail += f", no closing order is sent yet{f': {closing.unsent}' if closing.unsent else ''}"
        action = _AGAIN
    elif (opens := tools.markets.next_open(instrument)) is None:
        detail += f", the closing order {order.id} is {order.state} and no price has filled it"
        action = "closed at the next price; a replay that has ended or stands still brings none"
    else:
        detail += f", its market is closed and the closing order {order.id} is {order.state}"
        action = f"closes when the market opens at {opens:%Y-%m-%d %H:%M} UTC"
    return Residue(item=instrument, detail=detail, next_action=action, account=account, at=opens)
