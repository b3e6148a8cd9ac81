"""What a short option asks of an account, by the rules that apply to listed equity options."""

from typing import Final

_FULL: Final = 0.2
_LEAST: Final = 0.1


def short_option_margin(strike: float, price: float, *, call: bool) -> float:
    """Return what one unit sold short needs beside its own value, at a price of the underlying.

    20 % of the underlying's price less what the option is out of the money, at least 10 % of that price for a call
    and of the strike for a put: FINRA rule 4210(f)(2)(D) and Cboe rule 10.3 for listed equity options. Each option
    counts by itself; that a spread, a straddle or shares held would ask for less is not considered.
    """
    outside = max(strike - price if call else price - strike, 0.0)
    return max(_FULL * price - outside, _LEAST * (price if call else strike))
