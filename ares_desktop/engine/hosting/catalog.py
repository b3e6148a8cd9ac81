"""Finds strategy files and describes them without running their code in the application."""

import ast
import asyncio
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.strategies import CatalogEntry, Fault
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.frames import Frames
from ares_desktop.engine.hosting.launcher import Launcher, ProcessVessel

_IMPORT_S: Final = 20.0
_SIZE_MAX: Final = 1 << 20
_READ: Final = 1 << 16


class Catalog:
    """The strategy files of some folders.

    Args:
        folders: searched in order; a file in an earlier one hides its namesake in a later one.
        launcher: makes the process that a file is looked at in.
        import_s: seconds that importing a file may take.
    """

    def __init__(self, folders: Sequence[Path], launcher: Launcher, *, import_s: float = _IMPORT_S) -> None:
        self._folders = tuple(folders)
        self._launcher = launcher
        self._import_s = import_s

    def search(self, folders: Sequence[Path]) -> None:
        """Search other folders from here on."""
        self._folders = tuple(folders)

    def files(self) -> tuple[Path, ...]:
        """Return the strategy files, by name; those whose name begins with ``_`` are left out."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*.py")):
                if not path.name.startswith("_"):
                    found.setdefault(path.stem, path.absolute())
        return tuple(found[name] for name in sorted(found))

    def find(self, file: str) -> Path:
        """Return the file that a name, a file name or a path means.

        Raises:
            StrategyError: when there is none.
        """
        path = Path(file).expanduser()
        candidates = [path, *(folder / f"{path.name.removesuffix('.py')}.py" for folder in self._folders)]
        for candidate in candidates[:1] if path.is_absolute() else candidates:
            if candidate.is_file():
                return candidate.absolute()
        places = ", ".join(str(folder) for folder in self._folders)
        msg = f"there is no strategy file {file!r} (looked in {places})"
        raise StrategyError(msg, Fault(kind="import", message=msg, file=file))

    async def discover(self) -> tuple[CatalogEntry, ...]:
        """Look at every file, two at a time."""
        gate = asyncio.Semaphore(2)

        async def one(path: Path) -> CatalogEntry:
            async with gate:
                return await self.check(str(path))

        return tuple(await asyncio.gather(*(one(path) for path in self.files())))

    async def check(self, file: str) -> CatalogEntry:
        """Describe a file; whatever is wrong with it becomes a fault of the entry."""
        entry, _ = await self._look(file, None)
        return entry

    async def check_parameters(self, file: str, values: Mapping[str, Any]) -> CatalogEntry:
        """Describe a file and validate values for its parameters.

        Raises:
            UsageError: with every finding.
        """
        entry, findings = await self._look(file, values)
        if findings:
            raise UsageError(*findings)
        return entry

    async def _look(self, file: str, values: Mapping[str, Any] | None) -> tuple[CatalogEntry, tuple[Any, ...]]:
        try:
            path = self.find(file)
            warnings = (*_read(path), *self._namesakes(path))
        except StrategyError as error:
            faults = (error.fault or Fault(kind="import", message=str(error), file=file),)
            return CatalogEntry(name=Path(file).stem, file=file, faults=faults), ()
        request = wire.Check(str(path), None if values is None else dict(values))
        checked = await self._ask(request)
        if isinstance(checked, Fault):
            return CatalogEntry(name=path.stem, file=str(path), faults=(checked,)), ()
        entry = checked.entry
        return msgspec.structs.replace(entry, faults=(*entry.faults, *warnings)), checked.findings

    def _namesakes(self, path: Path) -> tuple[Fault, ...]:
        """Return a warning for each file of the folders that is not used because of this one."""
        candidates = ((folder / path.name).absolute() for folder in self._folders)
        found = [candidate for candidate in candidates if candidate.is_file()]
        if not found or found[0] != path:
            return ()
        return tuple(
            Fault(kind="warning", message=f"{other} has the same name and is not used; rename it", file=str(other))
            for other in found[1:]
            if not _same(other, path)
        )

    async def _ask(self, request: wire.Check) -> wire.Checked | Fault:
        ours, theirs = socket.socketpair()
        vessel = None
        with ours:
            ours.settimeout(0)
            try:
                async with asyncio.timeout(self._import_s):
                    vessel = await self._launcher.launch(theirs)
                    return await _converse(ours, request, vessel)
            except TimeoutError:
                message = f"importing the file took more than {self._import_s:g} s"
                return Fault(kind="import", message=message, file=request.file)
            except StrategyError as error:
                return Fault(kind="import", message=str(error), file=request.file)
            finally:
                if vessel is not None:
                    vessel.end(signal.SIGKILL)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def refuse_faulty(entry: CatalogEntry) -> None:
    """Let a file pass that holds a strategy.

    Raises:
        UsageError: with its faults, for another.
    """
    faults = [fault for fault in entry.faults if fault.kind != "warning"]
    if faults:
        raise UsageError(
            *(
                Finding(
                    place=f"{fault.file}:{fault.line}" if fault.line else fault.file, value="", problem=fault.message
                )
                for fault in faults
            ),
        )


async def _converse(ours: socket.socket, request: wire.Check, vessel: ProcessVessel) -> wire.Checked | Fault:
    loop = asyncio.get_running_loop()
    frames = Frames(wire.MAX_UPWARD)
    try:
        await loop.sock_sendall(ours, wire.frame(request))
        while data := await loop.sock_recv(ours, _READ):
            for body in frames.feed(data):
                return msgspec.msgpack.decode(body, type=wire.Checked)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        return Fault(kind="import", message=f"the file's worker sent garbage: {error}", file=request.file)
    how = await vessel.ended()
    return Fault(kind="exited", message=f"importing the file ended its worker: {how or 'in order'}", file=request.file)


def _read(path: Path) -> tuple[Fault, ...]:
    """Parse a file and return what is worth a warning.

    Raises:
        StrategyError: when it can't be read or parsed.
    """
    file = str(path)
    try:
        if path.stat().st_size > _SIZE_MAX:
            msg = f"a strategy file must have at most {_SIZE_MAX} bytes"
            raise StrategyError(msg, Fault(kind="syntax", message=msg, file=file))
        tree = ast.parse(path.read_bytes(), filename=file)
    except SyntaxError as error:
        raise StrategyError(error.msg, Fault(kind="syntax", message=error.msg, file=file, line=error.lineno)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise StrategyError(str(error), Fault(kind="syntax", message=str(error), file=file)) from error
    return tuple(
        Fault(
            kind="warning",
            message=f"a strategy should import ares_desktop.api alone of ares_desktop, imports {name}",
            file=file,
            line=node.lineno,
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _imported(node)
        if name.split(".")[0] == "ares_desktop"
        and name != "ares_desktop.api"
        and not name.startswith("ares_desktop.api.")
    )


def _imported(node: ast.Import | ast.ImportFrom) -> tuple[str, ...]:
    if isinstance(node, ast.Import):
        return tuple(alias.name for alias in node.names)
    if node.module == "ares_desktop":
        return tuple(f"ares_desktop.{alias.name}" for alias in node.names)
    return (node.module or "",) if not node.level else ()
