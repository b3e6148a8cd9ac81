"""Every function of TA-Lib as an indicator that takes one bar at a time.

``TaLib("MACD", fastperiod=12)`` has the name and the parameters of the function in TA-Lib; each value is what the
function returns for that row when it is given all rows at once. Among its 200 functions are:

- averages: ``WMA``, ``DEMA``, ``TEMA``, ``KAMA``, ``HMA``, ``TRIMA``, ``T3``, ``VWMA``, ``LINEARREG``
- bands: ``BBANDS``, ``DONCHIAN``, ``KC`` (Keltner), ``ACCBANDS``, ``SAR``, ``SUPERTREND``
- momentum: ``MACD``, ``STOCH``, ``STOCHRSI``, ``ADX``, ``PLUS_DI``, ``MINUS_DI``, ``CCI``, ``ROC``, ``MOM``, ``WILLR``
- volume: ``OBV``, ``MFI``, ``AD``, ``ADOSC``, ``CMF``
- dispersion and fit: ``NATR``, ``STDDEV``, ``LINEARREG_SLOPE``, ``CORREL``, ``BETA``

The most used ones, ``SMA``, ``EMA``, ``RSI``, ``ATR``, ``ZScore`` and ``VWAP``, are in ``ares_desktop.api`` and need
no library. Names, parameters and formulas: https://ta-lib.org/functions/.
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from math import isfinite, nan
from operator import attrgetter
from typing import Any, Final

import numpy as np

from ares_desktop.api.library import load_talib
from ares_desktop.domain.market import Bar

__all__ = ["TaLib"]

_OF_A_BAR: Final = frozenset({"open", "high", "low", "close", "volume"})
_SETTLING: Final = 15
"""So many lookbacks after its start a recursive function is within a millionth of what it is without a start."""
_RECURSIVE: Final = frozenset({
    "ADXR", "APO", "CVI", "DEMA", "EFI", "ERI", "KC", "KDJ", "MACD", "MACDEXT", "MACDFIX", "MASSI", "PPO", "PVO",
    "SMI", "STOCHRSI", "TEMA", "TRIX", "TSI", "ZLEMA",
})  # fmt: skip
"""What smooths exponentially without TA-Lib calling its first values unstable."""
_FLAGS: Final = frozenset({"Function has an unstable period", "Output is path-dependent"})


class TaLib:
    """One function of TA-Lib, one row at a time.

    A row of which a value is missing (NaN or infinite) is left out: the value stays what it was, and what follows is
    what the function returns for the rows without it. Positions such as those of ``MAXINDEX`` count the rows from the
    first one on. A sum such as ``OBV`` depends on where it began.

    Attributes:
        function: name of the function, such as ``BBANDS``.
        inputs: what a row holds, such as ``("high", "low", "close")``.
        outputs: names of what the function returns, such as ``("upperband", "middleband", "lowerband")``.
        lookback: rows before the first value, as TA-Lib counts them; a few functions take some more.
        settled: rows after which it hardly matters where it began: within a millionth for what smooths exponentially,
            not at all for the rest; ask for so many bars in ``warm_up``.
        values: all outputs.
        value: the first output, NaN until it is ready.
        ready: whether there is a value.
        skipped: rows that were left out.
    """

    __slots__ = (
        "_feed", "_needs", "_open", "_rows", "_take", "function", "inputs", "lookback", "outputs", "ready", "settled",
        "skipped", "value", "values",
    )  # fmt: skip

    def __init__(self, function: str, /, **parameters: float) -> None:
        """Choose a function.

        Args:
            function: its name in TA-Lib.
            parameters: by their names in TA-Lib; those that are not given have TA-Lib's defaults.

        Raises:
            ValueError: when there is no such function or parameter, or a value is not one that it admits.
        """
        library = load_talib()
        about = _described(library, function, parameters)
        self.function = function
        self.inputs: tuple[str, ...] = _names(about.info["input_names"].values())
        self.outputs: tuple[str, ...] = tuple(about.output_names)
        self.lookback: int = about.lookback
        recursive = function in _RECURSIVE or not _FLAGS.isdisjoint(about.info["function_flags"] or ())
        # Any average but the simple one, 0, may be an exponential one.
        recursive = recursive or any(value for name, value in parameters.items() if name.endswith("matype"))
        self.settled: int = (_SETTLING if recursive else 1) * self.lookback + 1
        self.value = nan
        self.values: tuple[float, ...] = (nan,) * len(self.outputs)
        self.ready = False
        self.skipped = 0
        kind, errors = getattr(library.stream, function), library.InsufficientHistory
        self._open = _opener(kind, parameters, errors)
        self._rows: list[tuple[float, ...]] = []
        self._feed: Callable[..., Any] | None = None
        known = "price0" not in about.info["input_names"] and set(self.inputs) <= _OF_A_BAR
        self._take = attrgetter(*self.inputs) if known else None

    def __getitem__(self, output: str) -> float:
        """Return an output by its name.

        Raises:
            KeyError: when the function has no such output.
        """
        if output not in self.outputs:
            msg = f"{self.function} returns {', '.join(self.outputs)}, not {output!r}"
            raise KeyError(msg)
        return self.values[self.outputs.index(output)]

    def update(self, first: Bar | float, /, *rest: float) -> float:
        """Take a row and return the new value.

        Args:
            first: a bar, which has all inputs of most functions, or the first input.
            rest: the other inputs.

        Raises:
            TypeError: when there are more or fewer values than inputs, or the inputs are not in a bar.
        """
        row: tuple[float, ...]
        if isinstance(first, Bar):
            row = self._of(first)
        else:
            row = (first, *rest)
            if len(row) != len(self.inputs):
                msg = (
                    f"{self.function} takes {len(self.inputs)} values ({', '.join(self.inputs)}), was given {len(row)}"
                )
                raise TypeError(msg)
        if not all(map(isfinite, row)):
            self.skipped += 1
            return self.value
        if self._feed is not None:
            self._keep(self._feed(*row))
        else:
            self._begin(row)
        return self.value

    def _of(self, bar: Bar) -> tuple[float, ...]:
        if self._take is None:
            msg = f"{self.function} takes {len(self.inputs)} series, give it {', '.join(self.inputs)} instead of a bar"
            raise TypeError(msg)
        row = self._take(bar)
        return row if len(self.inputs) > 1 else (row,)

    def _begin(self, row: tuple[float, ...]) -> None:
        """Keep rows until the function can begin, then hand them over."""
        self._rows.append(row)
        if len(self._rows) <= self.lookback:
            return
        handle = self._open([np.array(column, np.float64) for column in zip(*self._rows, strict=True)])
        if handle is not None:
            self._feed = handle.update
            self._rows = []
            self.ready = True
            self._keep(handle.value)

    def _keep(self, found: float | tuple[float, ...]) -> None:
        self.values = found if isinstance(found, tuple) else (found,)
        self.value = self.values[0]


def _opener(kind: Callable[..., Any], parameters: dict[str, float], short: type[Exception]) -> Callable[..., Any]:
    def opened(columns: Sequence[Any]) -> Any:  # noqa: ANN401 - each function of TA-Lib has a handle of its own class
        try:
            return kind(*columns, **parameters)
        except short:
            return None

    return opened


def _names(groups: Any) -> tuple[str, ...]:  # noqa: ANN401 - names, some of them in lists
    return tuple(name for group in groups for name in ([group] if isinstance(group, str) else group))


def _described(library: Any, function: str, parameters: dict[str, float]) -> Any:  # noqa: ANN401 - has no types
    """Return TA-Lib's own description of a function with these parameters."""
    known = library.get_functions()
    if function not in known:
        near = ", ".join(get_close_matches(function.upper(), known, n=3, cutoff=0.5))
        msg = f"TA-Lib has no function {function!r}{f'; near it are {near}' if near else ''}"
        raise ValueError(msg)
    about = library.abstract.Function(function)
    names = tuple(about.info["parameters"])
    unknown = [name for name in parameters if name not in names]
    if unknown:
        takes = ", ".join(names) or "no parameters"
        msg = f"{function} of TA-Lib has no parameter {', '.join(unknown)}; it takes {takes}"
        raise ValueError(msg)
    try:
        about = library.abstract.Function(function, **parameters)
    except TypeError as error:
        msg = f"{function}: {error}"
        raise ValueError(msg) from None
    if about.lookback < 0:
        shown = ", ".join(f"{name}={value}" for name, value in parameters.items())
        msg = f"{function} of TA-Lib does not admit {shown}: a period is too short or too long"
        raise ValueError(msg)
    return about
