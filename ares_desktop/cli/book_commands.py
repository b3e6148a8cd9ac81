"""The commands about the books, as data: proof, moves, money and differences to the brokers."""

from typing import Final

from ares_desktop.cli.remote import in_app
from ares_desktop.cli.spec import Argument, Command
from ares_desktop.cli.values import choice, positive
from ares_desktop.domain.positions import Remedy

_INSTRUMENT: Final = Argument(
    name="instrument", metavar="INSTRUMENT", required=True, help="SYMBOL.VENUE, or SYMBOL where it is clear"
)
_QUANTITY: Final = Argument(name="quantity", flag="--quantity", metavar="QTY", convert=positive, help="units, else all")
_GIVER: Final = Argument(name="giver", flag="--from", metavar="BOOK", required=True, help="the book that gives")
_TAKER: Final = Argument(name="taker", flag="--to", metavar="BOOK", required=True, help="the book that takes")
_PRICE: Final = Argument(
    name="price", flag="--price", metavar="P", convert=positive, help="at which it counts as capital, else the market's"
)
_AMOUNT: Final = Argument(name="amount", metavar="AMOUNT", convert=positive, required=True, help="a number above 0")
_BOOK: Final = Argument(name="strategy", flag="--book", metavar="BOOK", help="else the unassigned one")
_CURRENCY: Final = Argument(name="currency", flag="--currency", metavar="CODE", help="else the account's own")
_NOTE: Final = Argument(name="note", flag="--note", metavar="TEXT", help="why, for the record")
_ACCOUNT: Final = Argument(name="account", flag="--account", metavar="ID", help="where there are several")

BOOKS: Final = (
    Command(
        words=("books", "proof"),
        help="show that all books together are what the broker says, and which event broke it if they are not",
        run=in_app("books.proof"),
        view="proof",
    ),
    Command(
        words=("books", "moves"),
        help="list moves of holdings from book to book, oldest first",
        run=in_app("books.moves"),
        view="moves",
    ),
    Command(words=("books", "flows"), help="list cash flows, oldest first", run=in_app("books.flows"), view="flows"),
    Command(
        words=("books", "assign"),
        help="give an unassigned holding, or a part of it, to a strategy",
        run=in_app("books.move"),
        view="moves",
        arguments=(_INSTRUMENT, _TAKER, _QUANTITY, _PRICE, _ACCOUNT),
    ),
    Command(
        words=("books", "split"),
        help="give a part of a book's holding to another book",
        run=in_app("books.move"),
        view="moves",
        arguments=(
            _INSTRUMENT,
            Argument(
                name="quantity", flag="--quantity", metavar="QTY", convert=positive, required=True, help="units to give"
            ),
            _GIVER,
            _TAKER,
            _PRICE,
            _ACCOUNT,
        ),
    ),
    Command(
        words=("books", "merge"),
        help="give all of a book's holding to another book",
        run=in_app("books.move"),
        view="moves",
        arguments=(_INSTRUMENT, _GIVER, _TAKER, _PRICE, _ACCOUNT),
    ),
    Command(
        words=("books", "undo"),
        help="take a move back",
        run=in_app("books.undo"),
        view="moves",
        arguments=(Argument(name="move", metavar="MOVE", required=True, help="as books moves shows it"),),
    ),
    Command(
        words=("books", "transfer"),
        help="move cash from one book to another",
        run=in_app("books.transfer"),
        view="flows",
        arguments=(_AMOUNT, _GIVER, _TAKER, _CURRENCY, _NOTE, _ACCOUNT),
    ),
    Command(
        words=("books", "deposit"),
        help="pay money into a paper account",
        run=in_app("books.deposit"),
        view="flows",
        arguments=(_AMOUNT, _BOOK, _CURRENCY, _NOTE, _ACCOUNT),
    ),
    Command(
        words=("books", "withdraw"),
        help="pay money out of a paper account",
        run=in_app("books.withdraw"),
        view="flows",
        arguments=(_AMOUNT, _BOOK, _CURRENCY, _NOTE, _ACCOUNT),
    ),
    Command(
        words=("books", "sweep"),
        help="take realized profit above the high-water mark out of a book",
        run=in_app("books.sweep"),
        view="flows",
        arguments=(
            Argument(name="strategy", metavar="BOOK", required=True, help="a strategy"),
            Argument(name="amount", flag="--amount", metavar="AMOUNT", convert=positive, help="else all of it"),
            Argument(name="withdraw", flag="--withdraw", help="out of the account, not just to the unassigned book"),
            _ACCOUNT,
        ),
    ),
    Command(
        words=("discrepancies",),
        help="list where our books differ from the brokers, and what can be done",
        run=in_app("discrepancies"),
        view="discrepancies",
        arguments=(Argument(name="resolved", flag="--resolved", help="those of this session that have gone, too"),),
    ),
    Command(
        words=("resolve",),
        help="do something about a difference to a broker",
        run=in_app("resolve"),
        view="discrepancies",
        arguments=(
            Argument(name="discrepancy", metavar="ID", required=True, help="as discrepancies shows it"),
            Argument(
                name="remedy", metavar="REMEDY", convert=choice(*Remedy), required=True, help="one that it offers"
            ),
        ),
    ),
)
"""In the order of the help."""
