"""What makes a search the same search: what it tries, on what data, with which code."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ares_desktop.domain.searches import SearchSpec
from ares_desktop.engine.data.series import Series


def identity_of(spec: SearchSpec, series: Sequence[Series]) -> bytes:
    """Return a digest of a search, its data and its strategies' files; blocks.

    The number of workers and where they are is no part of it: they do not change the results.
    """
    same = msgspec.structs.replace(spec, workers=0, dask="")
    digest = hashlib.sha256(msgspec.msgpack.encode(same))
    for item in series:
        digest.update(msgspec.msgpack.encode((item.instrument, item.kind, item.spec, item.actions)))
        for name, values in item.columns.items():
            digest.update(f"{name} {values.dtype} {len(values)} ".encode())
            digest.update(values.data)
    for instance in spec.backtest.strategies:
        digest.update(Path(instance.file).read_bytes())
    return digest.digest()
