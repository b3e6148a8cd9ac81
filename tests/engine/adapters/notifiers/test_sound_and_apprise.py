"""Sounds by a player, and Apprise against a server on loopback."""

import json
import stat
import wave
from pathlib import Path

import pytest

from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.apprise_channel import AppriseChannel
from ares_desktop.engine.adapters.notifiers.sound import _SOUNDS, SoundChannel
from ares_desktop.record_desk import sounds_folder
from tests.engine.adapters.notifiers.servers import NOTE, answering, reply, secrets


def player(folder: Path, script: str) -> str:
    file = folder / "aplay"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


async def test_the_sound_of_the_severity_is_played(tmp_path: Path) -> None:
    program = player(tmp_path, f'echo "$@" > {tmp_path}/played')
    await SoundChannel(sounds_folder(), lambda name: program if name == "aplay" else None).deliver(NOTE)
    assert (tmp_path / "played").read_text().strip().endswith("error.wav")


async def test_a_machine_without_a_player_says_what_to_install() -> None:
    with pytest.raises(DeliveryError, match="install one of pw-play"):
        await SoundChannel(sounds_folder(), lambda _: None).deliver(NOTE)


async def test_a_player_that_fails_is_shown_with_what_it_said(tmp_path: Path) -> None:
    program = player(tmp_path, "echo no such device >&2; exit 1")
    with pytest.raises(DeliveryError, match="aplay failed: no such device"):
        await SoundChannel(sounds_folder(), lambda name: program if name == "aplay" else None).deliver(NOTE)


def test_every_severity_has_a_short_sound() -> None:
    for name in _SOUNDS.values():
        with wave.open(str(sounds_folder() / name)) as sound:
            assert 0 < sound.getnframes() / sound.getframerate() < 2


async def test_apprise_notifies_an_address() -> None:
    async with answering(reply("200 OK")) as server:
        await AppriseChannel(secrets(apprise_urls=server.url.replace("http", "json"))).deliver(NOTE)
    assert json.loads(server.requests[0][2])["title"] == NOTE.title


async def test_an_address_that_apprise_does_not_know_is_named_by_its_number_alone() -> None:
    with pytest.raises(DeliveryError, match=r"address 1 of apprise\.urls") as caught:
        await AppriseChannel(secrets(apprise_urls="nonsense://user:hidden@x")).deliver(NOTE)
    assert "hidden" not in str(caught.value)


async def test_an_address_of_apprise_that_fails_is_a_failure() -> None:
    async with answering(reply("500 Internal Server Error")) as server:
        with pytest.raises(DeliveryError, match="did not take it"):
            await AppriseChannel(secrets(apprise_urls=server.url.replace("http", "json"))).deliver(NOTE)
