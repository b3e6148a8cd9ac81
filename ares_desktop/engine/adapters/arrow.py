"""Arrow columns as numpy arrays, without the import of pandas that pyarrow's own conversions and scalars make."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_floats(column: Any) -> NDArray[np.float64]:  # noqa: ANN401 - pyarrow has no type information
    """Return a numeric chunked column as float64; a missing value becomes NaN."""
    values = column.cast("float64").combine_chunks()
    floats = _values(values, np.float64)
    if values.null_count:
        floats = floats.copy()
        floats[to_flags(values.is_null())] = np.nan
    return floats


def to_ints(column: Any) -> NDArray[np.int64]:  # noqa: ANN401 - pyarrow has no type information
    """Return a chunked column of integers, dates or times as int64 in its own unit; a missing value is undefined."""
    if str(column.type).startswith("date32"):
        column = column.cast("int32")
    return _values(column.cast("int64").combine_chunks(), np.int64)


def to_flags(column: Any) -> NDArray[np.bool_]:  # noqa: ANN401 - pyarrow has no type information
    """Return a column of booleans without gaps."""
    plain = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return _values(plain.cast("uint8"), np.uint8).astype(np.bool_)


def _values(array: Any, dtype: Any) -> NDArray[Any]:  # noqa: ANN401 - pyarrow and numpy's type objects
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, dtype)
    return np.frombuffer(buffer, dtype)[array.offset : array.offset + len(array)]
