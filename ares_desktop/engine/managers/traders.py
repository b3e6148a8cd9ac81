"""The competition of the running strategies."""

import asyncio
from decimal import Decimal

from PySide6.QtCore import QObject

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.monitoring import Standings
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import StrategyStatus
from ares_desktop.engine.competition.standings import Entrant, rank
from ares_desktop.engine.competition.statistics import sharpe_ratio
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.ports.clock import Clock

_EVERY_S = 1.0


class TraderManager(QObject):
    """Ranks the strategies once a second.

    Signals:
        standings_changed: new standings.
    """

    standings_changed: SignalOf[Standings] = signal_of(Standings)

    def __init__(
        self,
        strategies: StrategyManager,
        portfolio: PortfolioManager,
        hub: DataHub,
        *,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._strategies = strategies
        self._portfolio = portfolio
        self._hub = hub
        self._clock = clock

    def standings(self) -> Standings:
        """Return the standings of this moment."""
        return rank((self._entrant(status) for status in self._strategies.statuses()), self._clock.now())

    async def run(self) -> None:
        """Show new standings until canceled."""
        while True:
            self.standings_changed.emit(self.standings())
            await asyncio.sleep(_EVERY_S)

    def _entrant(self, status: StrategyStatus) -> Entrant:
        name = status.instance.name
        held = tuple(position for position in self._portfolio.positions() if position.strategy == name)
        books = {book.strategy: book for book in self._portfolio.books() if book.account == status.instance.account}
        accounts = {item.account: item for item in self._portfolio.accounts()}
        account = accounts.get(status.instance.account)
        return Entrant(
            status=status,
            venue=status.instance.account,
            book=books.get(StrategyId(name)),
            positions=held,
            margin_used=self._margin(held),
            sharpe=sharpe_ratio(self._portfolio.curve(name)),
            paper=account.paper if account else True,
        )

    def _margin(self, held: tuple[Position, ...]) -> Decimal | None:
        total = Decimal(0)
        for position in held:
            if not position.quantity:
                continue
            instrument = self._hub.instrument(position.instrument)
            if position.market_value is None or instrument is None:
                return None
            total += abs(position.market_value) * instrument.margin_rate
        return total
