"""The engine without a window."""

import asyncio

from ares_desktop.application import Application
from ares_desktop.run_options import RunOptions


def run_headless(options: RunOptions) -> int:
    """Run the engine on a plain asyncio loop until it is told to stop; return the exit code.

    Raises:
        AresError: when the profile can't be used, the settings are wrong or the engine can't start.
    """
    return asyncio.run(_run(options))


async def _run(options: RunOptions) -> int:
    application = Application(options)
    try:
        return await application.run(raise_window=_nothing, before_stop=_nothing)
    finally:
        application.close()


def _nothing() -> None:
    """There is no window."""
