"""Proposals of how capital is divided, and what became of them, folded from the journal."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from ares_desktop.domain import events as e
from ares_desktop.domain.portfolio import AllocationProposal, ProposalState

_KEPT: Final = 100


class Proposals:
    """The newest hundred proposals as of one journal event, oldest first."""

    def __init__(self, known: Iterable[AllocationProposal] = ()) -> None:
        self._known = {proposal.id: proposal for proposal in known}

    def all(self) -> tuple[AllocationProposal, ...]:
        """Return them, oldest first."""
        return tuple(self._known.values())

    def get(self, proposal: str) -> AllocationProposal | None:
        """Return one of them."""
        return self._known.get(proposal)

    def apply(self, payload: e.Payload) -> None:
        """Fold an event; one that concerns something else changes nothing."""
        match payload:
            case e.AllocationProposed(proposal=proposal):
                self._known.setdefault(proposal.id, proposal)
                while len(self._known) > _KEPT:
                    del self._known[next(iter(self._known))]
            case e.AllocationApproved():
                self._decide(payload.proposal, ProposalState.APPROVED, payload, "")
            case e.AllocationRejected():
                state = ProposalState.EXPIRED if payload.expired else ProposalState.REJECTED
                self._decide(payload.proposal, state, payload, payload.reason)
            case _:
                pass

    def _decide(
        self, key: str, state: ProposalState, payload: e.AllocationApproved | e.AllocationRejected, reason: str
    ) -> None:
        known = self._known.get(key)
        if known is not None:
            self._known[key] = replace(
                known, state=state, decided_by=payload.source, decided_at=payload.at, reason=reason
            )
