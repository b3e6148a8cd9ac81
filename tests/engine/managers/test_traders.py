"""Every strategy competes with its own book, and one that never traded has a place too."""

from decimal import Decimal

from ares_desktop.domain.monitoring import Standings
from ares_desktop.domain.orders import Side
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import House


async def test_strategies_are_ranked_by_what_their_own_books_gained(house: House) -> None:
    traders = house.managers.traders
    shown: list[Standings] = []
    traders.standings_changed.connect(shown.append)
    busy = await house.add("idle", "busy", capital=Decimal(1000))
    await house.add("idle", "idler", capital=Decimal(1000))
    await house.managers.strategies.add("idle", name="never", source="test")
    await house.managers.trades.submit(
        OrderTicket(side=Side.BUY, quantity=Decimal(5), instrument="ACME", strategy=busy)
    )
    await house.play(2)
    house.managers.portfolio.collect()
    rows = {row.trader: row for row in traders.standings().rows}
    assert [row.trader for row in traders.standings().rows][-1] == "never"
    assert (rows["busy"].positions, rows["idler"].positions) == (1, 0)
    assert rows["busy"].margin_used_pct is not None
    assert rows["busy"].margin_used_pct > 0
    assert rows["idler"].equity == Decimal(1000)
    assert rows["idler"].pnl == 0
    assert rows["never"].equity is None
    assert rows["never"].running is False
    assert {row.sharpe for row in rows.values()} == {None}
    await house.until(lambda: shown)
    traders.standings_changed.disconnect(shown.append)
