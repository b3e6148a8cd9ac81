"""What a person decides about a simulated account: money paid in or out, and holdings that change their book."""

from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.engine.ports.broker import Decided
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.execution import Execution


def carry_out(account: Account, execution: Execution, decided: Decided) -> None:
    """Book a decision; the caller sees to it that each arrives once."""
    if isinstance(decided, CashFlowRecorded):
        account.pay(decided.currency, decided.amount)
    else:
        for strategy, quantity in ((decided.giver, -decided.quantity), (decided.taker, decided.quantity)):
            account.assign(strategy, decided.instrument, quantity)
            execution.touched[strategy, decided.instrument] = None
    execution.book(decided)
