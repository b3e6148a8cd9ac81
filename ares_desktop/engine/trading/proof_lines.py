"""One line of the proof that books and broker agree."""

from decimal import Decimal

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import ProofLine


def proof_line(
    account: AccountId,
    item: str,
    total: Decimal,
    unassigned: Decimal,
    broker: Decimal | None,
    step: Decimal = ZERO,
) -> ProofLine:
    """Return the line of an item of which all books together have ``total``, ``unassigned`` of it."""
    return ProofLine(
        account=account, item=item, books=total - unassigned, unassigned=unassigned, broker=broker, step=step
    )
