"""Searches one span of market time after the other, with what was done before taken from the log."""

import asyncio
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Final

from ares_desktop.domain.searches import ParameterSet, SearchSpec, TrialResult
from ares_desktop.engine.backtest.search.crew import Crew
from ares_desktop.engine.backtest.search.folds import Fold, Span
from ares_desktop.engine.backtest.search.keeper import Keeper
from ares_desktop.engine.backtest.search.plateau import with_plateaus
from ares_desktop.engine.backtest.search.proposals import Batch, propose
from ares_desktop.engine.backtest.search.ranking import keeps, score_of
from ares_desktop.engine.backtest.search.results import trial_of, write_returns
from ares_desktop.engine.backtest.search.space import Space
from ares_desktop.engine.backtest.search.trials import TrialOrder, Tried

_SEEDS_APART: Final = 1000
Told = Callable[[str, int, float | None], None]
"""Stage, backtests that are done, and the best score of the stage's span so far."""


class Study:
    """All spans of one search.

    Args:
        spec: with the ranges in force.
        space: of those ranges.
        crew: runs the backtests.
        keeper: of what is done.
        folder: of the search.
        tell: hears of progress.

    Attributes:
        done: backtests that are done.
        spans: that are searched; the number of each is that of its daily returns.
    """

    def __init__(self, spec: SearchSpec, space: Space, *, crew: Crew, keeper: Keeper, folder: Path, tell: Told) -> None:
        self._spec = spec
        self._space = space
        self._crew = crew
        self._keeper = keeper
        self._folder = folder
        self._tell = tell
        self._numbers = count()
        self._best: float | None = None
        self.done = 0
        self.spans = 0

    def trials_a_span(self) -> int:
        """Return how many parameter sets a span takes at most."""
        coarse = len(self._space.grid(self._spec.coarse_points))
        return coarse + min(self._spec.fine_trials, len(self._space) - coarse)

    async def search(self, fold: Fold | None = None) -> list[TrialResult]:
        """Search a fold's training span, or the whole period, and return its trials by number."""
        trials: list[TrialResult] = []
        returns: list[bytes] = []
        self._best = None
        # The proposals cost milliseconds each, with a lot of imports before the first: too long for a loop.
        seed = self._spec.seed + _SEEDS_APART * self.spans
        proposals = await asyncio.to_thread(propose, self._space, self._spec, seed)
        batch: Batch | None = await asyncio.to_thread(next, proposals)
        while batch is not None:
            orders = [self._order(parameters, None if fold is None else fold.train) for parameters in batch.sets]
            tried = await self._tried(orders, self._stage(batch.stage, fold))
            index = None if fold is None else fold.index
            answer = [
                trial_of(order, result, self._spec, stage=batch.stage, fold=index)
                for order, result in zip(orders, tried, strict=True)
            ]
            trials += answer
            returns += [result.returns for result in tried]
            batch = await asyncio.to_thread(_next, proposals, answer)
        await asyncio.to_thread(write_returns, self._folder, self.spans, returns)
        self.spans += 1
        return with_plateaus(trials, self._space, self._spec.coarse_points)

    async def test(self, fold: Fold, parameters: ParameterSet) -> Tried:
        """Run a fold's test span and keep all that happens in it."""
        order = self._order(parameters, fold.test, outcome=str(self.outcome_folder(fold)))
        (tried,) = await self._tried([order], self._stage("test", fold))
        return tried

    def outcome_folder(self, fold: Fold) -> Path:
        """Return where a fold's test is kept."""
        return self._folder / f"fold-{fold.index}"

    def _order(self, parameters: ParameterSet, span: Span | None, *, outcome: str = "") -> TrialOrder:
        number = next(self._numbers)
        if span is None:
            return TrialOrder(number, parameters, outcome=outcome)
        return TrialOrder(number, parameters, span.start_ns, span.end_ns, outcome)

    async def _tried(self, orders: Sequence[TrialOrder], stage: str) -> list[Tried]:
        known = {order.number: tried for order in orders if (tried := self._keeper.find(order)) is not None}
        self._count(stage, known.values())
        missing = [order for order in orders if order.number not in known]
        async with aclosing(self._crew.carry_out(missing)) as news:
            async for done in news:
                self._keeper.put(done)
                known |= {order.number: tried for order, tried in done}
                self._count(stage, [tried for _, tried in done])
        await self._keeper.settled()
        return [known[order.number] for order in orders]

    def _count(self, stage: str, tried: Collection[Tried]) -> None:
        self.done += len(tried)
        scores = [
            score_of(item.figures, self._spec.objective)
            for item in tried
            if item.figures is not None and keeps(item.figures, self._spec.constraints)
        ]
        self._best = max((score for score in (*scores, self._best) if score is not None), default=None)
        self._tell(stage, self.done, self._best)

    def _stage(self, name: str, fold: Fold | None) -> str:
        return name if fold is None else f"fold {fold.index + 1} of {self._spec.folds}: {name}"


def _next(proposals: Generator[Batch, Sequence[TrialResult], None], answer: Sequence[TrialResult]) -> Batch | None:
    try:
        return proposals.send(answer)
    except StopIteration:
        return None
