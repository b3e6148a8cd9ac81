"""How long a worker may take, and how often it is started again."""

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of supervision, in seconds; an instance may have its own for restarts.

    Attributes:
        stall_after_s: silence of a worker that is shown as stalled.
        max_restarts: restarts after a fault, within ``restart_window_s``, before an instance stays down.
        restart_backoff_s: before the first restart; doubles with each further one, up to 30 s or this if it is longer.
        quiet_s: how long a swap waits for a bar before it is content with a moment in which the worker is idle.
        take_over_s: how long the old worker may take to come to rest, and again the new one to take over.
    """

    stall_after_s: float = 1.5
    max_restarts: int = 5
    restart_window_s: float = 300.0
    restart_backoff_s: float = 1.0
    quiet_s: float = 3.0
    take_over_s: float = 10.0
