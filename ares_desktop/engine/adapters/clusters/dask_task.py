"""What a worker of a Dask cluster carries out; it needs this application installed, of the same version."""

import threading

from distributed import get_worker

from ares_desktop.engine.ports.jobs import Worker
from ares_desktop.engine.runtime.job_worker import fault_text, load_worker

_own = threading.local()
"""Worker objects by their entry. They belong to one thread: those of a worker with several do not share them."""


def carry_out(entry: str, payload: bytes, topic: str) -> tuple[bool, bytes]:
    """Do a job and return whether it was done, and its result or its fault's text.

    Args:
        entry: ``package.module:Class`` of the worker object.
        payload: what it is given.
        topic: that its progress is told on.
    """
    made: dict[str, Worker] = _own.__dict__.setdefault("made", {})

    def tell(body: bytes) -> None:
        get_worker().log_event(topic, body)

    try:
        worker = made.get(entry)
        if worker is None:
            worker = made[entry] = load_worker(entry)
        return True, worker.run(payload, tell)
    except BaseException as error:  # noqa: BLE001 - process boundary: whatever ends a job becomes its fault
        return False, fault_text(error).encode()
