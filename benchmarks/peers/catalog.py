"""Knows the peers: where each is installed, what it can do, and how to run it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
INSTALLED: Final = HERE.parents[1] / ".peers"


class PeerAbsent(Exception):  # noqa: N818 -- a state of the machine, not a fault
    """The peer is not installed on this machine."""


class PeerFailed(Exception):  # noqa: N818 -- says what happened
    """The peer's script ended with an error."""


@dataclass(frozen=True)
class Peer:
    """One peer in one version of its strategy.

    Attributes:
        name: as its script prints it.
        home: its environment's folder in ``.peers``.
        sweeps: it has an optimizer that the comparison uses.
        bars: how many of a million bars it is given, since some take minutes for them.
    """

    name: str
    title: str
    home: str
    script: str
    options: tuple[str, ...] = ()
    sweeps: bool = False
    bars: int = 1_000_000

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return INSTALLED / self.home / "bin" / "python"

    @property
    def absence(self) -> str:
        """Why it can't be run, empty when it can."""
        return "" if self.python.exists() else f"{self.title} is not installed: run make bench-peers"


PEERS: Final = (
    Peer("backtrader", "backtrader", "backtrader", "cross_backtrader.py", bars=100_000),
    Peer("nautilus", "NautilusTrader", "nautilus", "cross_nautilus.py", bars=200_000),
    Peer("backtesting", "backtesting.py", "backtesting", "cross_backtesting.py", sweeps=True),
    Peer("vnpy", "vnpy with its array manager", "vnpy", "cross_vnpy.py", sweeps=True),
    Peer("vnpy lean", "vnpy with a lean strategy", "vnpy", "cross_vnpy.py", ("--lean",), sweeps=True),
    Peer("vectorbt", "vectorbt (no events)", "vectorbt", "cross_vectorbt.py", sweeps=True),
)


def play(  # noqa: PLR0913 -- options of the scripts
    peer: Peer,
    file: Path,
    *,
    bars: int = 0,
    fast: int = 10,
    slow: int = 30,
    shorts: bool = False,
    commission: float = 0.0,
    sweep: bool = False,
    workers: int = 2,
    fills: Path | None = None,
    timeout_s: float = 1800,
) -> dict[str, Any]:
    """Run a peer over the bars in ``file`` and return the line it prints.

    Raises:
        PeerAbsent: when it is not installed.
        PeerFailed: when its script fails or takes longer than ``timeout_s``.
    """
    options = ["--bars", bars, "--fast", fast, "--slow", slow, "--commission", commission, "--workers", workers]
    options += ["--shorts"] * shorts + ["--sweep"] * sweep + (["--fills", fills.resolve()] if fills else [])
    return run_script(peer, [str(file.resolve()), *map(str, options), *peer.options], timeout_s=timeout_s)[-1]


def run_script(peer: Peer, arguments: list[str], *, script: str = "", timeout_s: float = 1800) -> list[dict[str, Any]]:
    """Run a script with a peer's interpreter and return the lines of JSON that it prints, at least one.

    Raises:
        PeerAbsent: when the peer is not installed.
        PeerFailed: when the script fails or takes longer than ``timeout_s``.
    """
    if peer.absence:
        raise PeerAbsent(peer.absence)
    command = [str(peer.python), "-W", "ignore", str(HERE / (script or peer.script)), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    except subprocess.TimeoutExpired as error:
        message = f"{peer.title} took longer than {timeout_s:.0f} s"
        raise PeerFailed(message) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or "no message").splitlines()[-1]
        message = f"{peer.title} ended with code {error.returncode}: {last}"
        raise PeerFailed(message) from error
    except json.JSONDecodeError as error:
        message = f"{peer.title} printed what is not a result"
        raise PeerFailed(message) from error
    if not lines:
        message = f"{peer.title} printed no result"
        raise PeerFailed(message)
    return lines
