"""Alerts as short sounds, by a player that the machine has."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.domain.monitoring import Severity

_PLAYERS: Final[Sequence[tuple[str, ...]]] = (
    ("pw-play",),
    ("paplay",),
    ("afplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)
_SOUNDS: Final = {
    Severity.INFO: "info.wav",
    Severity.WARNING: "warning.wav",
    Severity.ERROR: "error.wav",
    Severity.CRITICAL: "critical.wav",
}


class SoundChannel:
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel` without a library: it starts a player.

    Args:
        folder: of the sounds.
        find: finds a program.
    """

    name = ChannelName.SOUND

    def __init__(self, folder: Path, find: Callable[[str], str | None] = shutil.which) -> None:
        self._folder = folder
        self._find = find
        self.target = "this machine's loudspeaker"

    async def deliver(self, note: AlertNote) -> None:
        """Play the sound of a severity to its end.

        Raises:
            DeliveryError: when there is no player, no sound device, or the player fails.
        """
        player = next(((found, *rest) for name, *rest in _PLAYERS if (found := self._find(name))), None)
        if player is None:
            names = ", ".join(name for name, *_ in _PLAYERS)
            msg = f"no player of sounds was found: install one of {names}"
            raise DeliveryError(msg, lasting=True)
        file = self._folder / _SOUNDS[note.severity]
        try:
            process = await asyncio.create_subprocess_exec(
                *player, str(file), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            msg = f"{player[0]} can't be started: {error.strerror}"
            raise DeliveryError(msg) from error
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        if process.returncode:
            msg = f"{Path(player[0]).name} failed: {said.decode(errors='replace').strip()[:200]}"
            raise DeliveryError(msg, lasting=True)

    async def close(self) -> None:
        """Nothing is held between sounds."""
