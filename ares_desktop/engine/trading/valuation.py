"""What the books are worth: marks come in cheaply, exact snapshots of what changed go out on demand."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
import structlog

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, BrokerAccount
from ares_desktop.domain.currencies import pair_of
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Position
from ares_desktop.engine.trading.book import BookKey
from ares_desktop.engine.trading.conversion import OLDEST_RATE, Conversion, Rates, no_rate
from ares_desktop.engine.trading.ledger import Ledger, PositionKey
from ares_desktop.engine.trading.nav import Nav

_NETTED: Final = StrategyId("all")
_log = structlog.get_logger(__name__)


class Changes(NamedTuple):
    """What is worth something else, or stands on other facts, than at the last collection."""

    positions: tuple[Position, ...] = ()
    books: tuple[BookSnapshot, ...] = ()
    accounts: tuple[AccountSnapshot, ...] = ()


class NavState(msgspec.Struct, frozen=True):
    """What outlives a restart: marks are not journaled, so peaks and unit prices can't be folded from the journal.

    Attributes:
        paid: what was paid in in a foreign currency, and what that was worth when it was.
    """

    books: list[tuple[BookKey, Nav]]
    accounts: list[tuple[AccountId, Nav]]
    paid: list[tuple[BookKey, str, Decimal, Decimal]] = []


class _Mark(NamedTuple):
    price: float
    ts: int
    stale: bool


class Valuation:
    """Values every book of a ledger at the newest marks.

    A missing mark makes a figure None, never zero; a stale one is used and flagged. Money in another currency than the
    account's is converted by dated rates: a missing one makes the figures None and says so, one that is older than
    allowed makes them stale. Money that is paid in in a foreign currency counts at the rate of its first valuation.
    The day is the date of the market's time in the zone that days of losses are counted in.

    Attributes:
        ledger: the books; their changes are taken from it, so there is one valuation a ledger.
        oldest_rate: a rate older than this makes a figure stale.
        zone: at whose midnight a day begins.

    Args:
        currency: of accounts whose broker has not reported yet.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        instrument: Callable[[InstrumentId], Instrument | None],
        now: Callable[[], datetime],
        rates: Rates = no_rate,
        oldest_rate: timedelta = OLDEST_RATE,
        zone: tzinfo = UTC,
        currency: str = "USD",
    ) -> None:
        self.ledger = ledger
        self.zone = zone
        self._default_currency = currency
        self.oldest_rate = oldest_rate
        self._rates = rates
        self._foreign: set[BookKey] = set()
        self._paid: dict[tuple[BookKey, str], tuple[Decimal, Decimal]] = {}
        self._instrument = instrument
        self._now = now
        self._marks: dict[InstrumentId, _Mark] = {}
        self._moved: set[InstrumentId] = set()
        self._reports: dict[AccountId, BrokerAccount] = {}
        self._reported: set[AccountId] = set()
        self._positions: dict[PositionKey, Position] = {}
        self._books: dict[BookKey, BookSnapshot] = {}
        self._accounts: dict[AccountId, AccountSnapshot] = {}
        self._book_navs: dict[BookKey, Nav] = {}
        self._account_navs: dict[AccountId, Nav] = {}

    def mark(self, instrument: InstrumentId, price: float, ts: int, stale: bool = False) -> None:
        """Take a price at market time ``ts`` (nanoseconds); one that is no number is left aside."""
        if price == price:  # noqa: PLR0124 - the quickest test for NaN, on the path of every tick
            self._marks[instrument] = _Mark(price, ts, stale)
            self._moved.add(instrument)

    def flag_stale(self, instrument: InstrumentId) -> None:
        """Say that the mark of an instrument is older than its feed allows; the next mark ends that."""
        mark = self._marks.get(instrument)
        if mark is not None and not mark.stale:
            self.mark(instrument, mark.price, mark.ts, stale=True)

    def report(self, balance: BrokerAccount) -> None:
        """Take the broker's word on an account: its currency, buying power and whether it is paper."""
        self._reports[balance.account] = balance
        self._reported.add(balance.account)

    def collect(self) -> Changes:
        """Value what changed since the last call and return it."""
        keys, books = self.ledger.take_changes()
        moved, self._moved = self._moved, set()
        reported, self._reported = self._reported, set()
        keys.update(
            PositionKey(book.account, book.strategy, instrument)
            for instrument in moved
            for book in self.ledger.holders(instrument)
        )
        if self._foreign and any(self._is_pair(instrument) for instrument in moved):
            books = books | self._foreign
        if not keys and not books and not reported:
            return Changes()
        at = self._now()
        positions = []
        for key in keys:
            position = self._value(key)
            if position != self._positions.get(key):
                self._positions[key] = position
                positions.append(position)
        books.update(BookKey(key.account, key.strategy) for key in keys)
        accounts = {book.account for book in books} | {account for account in reported if self.ledger.knows(account)}
        return Changes(
            tuple(positions),
            tuple(self._value_book(book, at) for book in books),
            tuple(self._value_account(account, at) for account in accounts),
        )

    def positions(self) -> tuple[Position, ...]:
        """Return every book's holdings as of the last collection, closed ones too."""
        return tuple(self._positions.values())

    def net_positions(self) -> tuple[Position, ...]:
        """Return holdings netted over the books of each account, as of the last collection."""
        groups: dict[tuple[AccountId, InstrumentId], list[PositionKey]] = {}
        for key in self._positions:
            groups.setdefault((key.account, key.instrument), []).append(key)
        return tuple(self._netted(keys) for keys in groups.values())

    def books(self) -> tuple[BookSnapshot, ...]:
        """Return every book as of the last collection."""
        return tuple(self._books.values())

    def book(self, account: AccountId, strategy: StrategyId) -> BookSnapshot | None:
        """Return one book as of the last collection."""
        return self._books.get(BookKey(account, strategy))

    def accounts(self) -> tuple[AccountSnapshot, ...]:
        """Return every account as of the last collection."""
        return tuple(self._accounts.values())

    def encode(self) -> bytes:
        """Return unit prices, peaks and opening values of the day, to be kept over a restart."""
        paid = [(book, currency, *amounts) for (book, currency), amounts in self._paid.items()]
        state = NavState(list(self._book_navs.items()), list(self._account_navs.items()), paid)
        return msgspec.msgpack.encode(state)

    def restore(self, state: bytes) -> None:
        """Take what :meth:`encode` returned; what another version of the program kept is left aside.

        Without it, performance is counted as if all capital had been paid in at once and the peak is of this session.
        """
        try:
            known = msgspec.msgpack.decode(state, type=NavState)
        except msgspec.MsgspecError as error:
            _log.warning("nav_state_left_aside", error=str(error))
            return
        self._book_navs = dict(known.books)
        self._account_navs = dict(known.accounts)
        self._paid = {(book, currency): (paid, worth) for book, currency, paid, worth in known.paid}

    def _is_pair(self, instrument: InstrumentId) -> bool:
        contract = self._instrument(instrument)
        return contract is not None and pair_of(contract) is not None

    def _currency(self, account: AccountId) -> str:
        report = self._reports.get(account)
        return report.currency if report is not None else self._default_currency

    def _value(self, key: PositionKey) -> Position:
        held = self.ledger.position(*key)
        mark = self._marks.get(key.instrument) if held.quantity else None
        price = Decimal(repr(mark.price)) if mark is not None else None
        flat = None if held.quantity else ZERO
        return Position(
            account=key.account,
            strategy=key.strategy,
            instrument=key.instrument,
            quantity=held.quantity,
            average_price=held.average_price,
            realized=held.realized,
            commission=held.commission,
            mark=price,
            marked_at=from_ns(mark.ts) if mark is not None else None,
            unrealized=held.unrealized(price) if price is not None else flat,
            market_value=held.market_value(price) if price is not None else flat,
            currency=self.ledger.currency(key),
            stale=mark is not None and mark.stale,
        )

    def _netted(self, keys: list[PositionKey]) -> Position:
        parts = [self._positions[key] for key in keys]
        held = [self.ledger.position(*key) for key in keys]
        first = next((part for part in parts if part.mark is not None), parts[0])
        quantity = self.ledger.net(first.account, first.instrument)
        cost = sum((item.cost for item in held), ZERO)
        return Position(
            account=first.account,
            strategy=_NETTED,
            instrument=first.instrument,
            quantity=quantity,
            average_price=cost / (quantity * held[0].multiplier) if quantity else None,
            realized=sum((part.realized for part in parts), ZERO),
            commission=sum((part.commission for part in parts), ZERO),
            mark=first.mark,
            marked_at=first.marked_at,
            unrealized=_total(part.unrealized for part in parts),
            market_value=_total(part.market_value for part in parts),
            currency=first.currency,
            stale=any(part.stale for part in parts),
        )

    def _open(self, book: BookKey) -> list[Position]:
        held = self.ledger.book_positions(book.account, book.strategy)
        return [self._positions[PositionKey(book.account, book.strategy, instrument)] for instrument in held]

    def _value_book(self, book: BookKey, at: datetime) -> BookSnapshot:
        ledger, (account, strategy), currency = self.ledger, book, self._currency(book.account)
        held, worth = self._open(book), Conversion(self._rates, currency)
        cash = _total(worth.amount(ledger.cash(account, strategy, item), item) for item in self._currencies(book))
        values = [worth.amount(part.market_value, part.currency) for part in held]
        value, capital = _total(values), self._capital(book, worth)
        equity = None if value is None or cash is None or worth.missing else cash + value
        nav = self._book_navs.setdefault(book, Nav())
        if equity is not None:
            nav.value(equity, capital, at.astimezone(self.zone).date())
        snapshot = BookSnapshot(
            account=account,
            strategy=strategy,
            capital=capital,
            cash=ledger.cash(account, strategy, currency),
            equity=equity,
            realized=self._sum(ledger.realized, book, worth),
            unrealized=_total(worth.amount(part.unrealized, part.currency) for part in held),
            commission=self._sum(ledger.commission, book, worth),
            drawdown=None if equity is None else nav.drawdown,
            max_drawdown=None if nav.drawdown is None else nav.max_drawdown,
            twr=None if equity is None else nav.twr,
            fills=ledger.fills(account, strategy),
            at=at,
            stale=any(part.stale for part in held) or worth.is_stale(at, self.oldest_rate),
            gross=None if equity is None else sum((abs(item or ZERO) for item in values), ZERO),
            missing=worth.gaps(),
            rate_at=None if worth.oldest is None else worth.oldest.at,
        )
        (self._foreign.add if worth.oldest or worth.missing else self._foreign.discard)(book)
        self._books[book] = snapshot
        return snapshot

    def _currencies(self, book: BookKey) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self._currency(book.account), *self.ledger.currencies(book.account))))

    def _sum(
        self, figure: Callable[[AccountId, StrategyId, str], Decimal], book: BookKey, worth: Conversion
    ) -> Decimal:
        return sum((worth.known(figure(*book, item), item) for item in self._currencies(book)), ZERO)

    def _capital(self, book: BookKey, worth: Conversion) -> Decimal:
        """Return what was paid in, foreign money at the rate of the first valuation after it came."""
        total = ZERO
        for currency in self._currencies(book):
            paid = self.ledger.capital(*book, currency)
            if currency != worth.into:
                before, known = self._paid.get((book, currency), (ZERO, ZERO))
                added = worth.amount(paid - before, currency)
                if added:
                    self._paid[book, currency] = (paid, known + added)
                paid = known + (added or ZERO)
            total += paid
        return total

    def _value_account(self, account: AccountId, at: datetime) -> AccountSnapshot:
        ledger, currency, report = self.ledger, self._currency(account), self._reports.get(account)
        keys = [BookKey(account, strategy) for strategy in ledger.books(account)]
        books = [self._books[key] for key in keys]
        equity = _total(book.equity for book in books)
        nav = self._account_navs.setdefault(account, Nav())
        if equity is not None:
            nav.value(equity, sum((book.capital for book in books), ZERO), at.astimezone(self.zone).date())
        gross, net, margin = self._exposure(keys, currency) if equity is not None else (None, None, None)
        snapshot = AccountSnapshot(
            account=account,
            currency=currency,
            cash=ledger.account_cash(account, currency),
            equity=equity,
            day_pnl=None if equity is None else nav.day_pnl,
            realized=sum((book.realized for book in books), ZERO),
            unrealized=_total(book.unrealized for book in books),
            commission=sum((book.commission for book in books), ZERO),
            drawdown=None if equity is None else nav.drawdown,
            max_drawdown=None if nav.drawdown is None else nav.max_drawdown,
            gross=gross,
            net=net,
            margin_used=margin,
            buying_power=report.buying_power if report is not None else None,
            at=at,
            stale=any(book.stale for book in books),
            paper=report.paper if report is not None else True,
            twr=None if equity is None else nav.twr,
            missing=tuple(dict.fromkeys(gap for book in books for gap in book.missing)),
            rate_at=min((book.rate_at for book in books if book.rate_at is not None), default=None),
        )
        self._accounts[account] = snapshot
        return snapshot

    def _exposure(self, books: list[BookKey], currency: str) -> tuple[Decimal, Decimal, Decimal | None]:
        """Return gross and net exposure and the margin of the netted holdings."""
        values: dict[InstrumentId, Decimal] = {}
        worth = Conversion(self._rates, currency)
        for book in books:
            for part in self._open(book):
                value = worth.known(part.market_value or ZERO, part.currency)
                values[part.instrument] = values.get(part.instrument, ZERO) + value
        margin: Decimal | None = ZERO
        for instrument, value in values.items():
            contract = self._instrument(instrument)
            margin = None if contract is None or margin is None else margin + abs(value) * contract.margin_rate
        return sum(map(abs, values.values()), ZERO), sum(values.values(), ZERO), margin


def _total(figures: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum, None when any figure is unknown."""
    total = ZERO
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total
