"""Makes the sounds of alerts from sine waves, the same bytes each time: python scripts/make_sounds.py."""

import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

RATE: Final = 22_050
LOUDNESS: Final = 0.35
FADE_S: Final = 0.012
"""At both ends of a tone, so that it does not click."""

Tones = Sequence[tuple[float, float]]
"""Frequency in hertz, 0 for silence, and seconds."""

SOUNDS: Final[dict[str, Tones]] = {
    "info": ((659.3, 0.09), (880.0, 0.14)),
    "warning": ((587.3, 0.14), (0, 0.05), (587.3, 0.2)),
    "error": ((523.3, 0.15), (415.3, 0.15), (329.6, 0.28)),
    "critical": ((880.0, 0.16), (622.3, 0.16)) * 4,
}


def samples(tones: Tones) -> bytes:
    """Return 16-bit samples of tones, one after another."""
    out = bytearray()
    for frequency, seconds in tones:
        count = int(seconds * RATE)
        for number in range(count):
            t = number / RATE
            fade = min(1.0, t / FADE_S, (count - number) / RATE / FADE_S)
            level = math.sin(2 * math.pi * frequency * t) + 0.25 * math.sin(4 * math.pi * frequency * t)
            out += struct.pack("<h", int(32767 * LOUDNESS * fade * level / 1.25))
    return bytes(out)


def main() -> None:
    """Write every sound into resources/sounds."""
    folder = Path(__file__).resolve().parent.parent / "resources" / "sounds"
    folder.mkdir(exist_ok=True)
    for name, tones in SOUNDS.items():
        with wave.open(str(folder / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(samples(tones))


if __name__ == "__main__":
    main()
