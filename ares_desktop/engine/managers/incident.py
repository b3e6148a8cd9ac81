"""Packs what is needed to understand an incident into one file, without secrets."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.audit import BundleProgress, BundleReport
from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal_search import Canceled, JournalSearch
from ares_desktop.redaction import Redactor

JOURNAL: Final = "journal.jsonl"
SCREENSHOT: Final = "window.png"
README: Final = "README.txt"
_LARGEST_LOG: Final = 20_000_000
"""Of each log file the newest bytes go in."""
_BATCH: Final = 2000
_EXPLAINED: Final = """\
An incident bundle of Ares Desktop, made at {at}.

{journal} holds the last {minutes:g} minutes of the journal, one event a line. "hash" is the SHA-256 over the hash of
the event before and MessagePack of [sequence, id, at_us, kind, version, cause, correlation, payload as bytes], so that
the lines prove their own order: compare the last hash with "ares-desktop journal verify" on the profile.
Secrets were taken out of everything here, also out of payloads; a line whose payload was changed by that says
"redacted": true, and its own hash can be checked on the profile alone.

{missing}
"""

Source = Callable[[], object]
"""Makes one document of the bundle; called on the loop, so it must be quick."""


class IncidentBundle:
    """What goes into a bundle, and how it is written.

    Args:
        wall: the time of the bundle.
        redactor: takes secrets out of every text.
        logs: the folder of log files.
        documents: by file name, what makes the document.
    """

    def __init__(self, wall: Clock, redactor: Redactor, *, logs: Path, documents: Mapping[str, Source]) -> None:
        self._wall = wall
        self._redactor = redactor
        self._logs = logs
        self._documents = dict(documents)

    def add(self, name: str, source: Source) -> None:
        """Put a further document into bundles."""
        self._documents[name] = source

    def gather(self, screenshot: bytes | None = None) -> dict[str, bytes | str]:
        """Return the documents as they are now; one that can't be made is told of as a text."""
        parts: dict[str, bytes | str] = {}
        for name, source in self._documents.items():
            try:
                parts[name] = self._encoded(source())
            except (AresError, TypeError, ValueError, OSError, LookupError) as error:
                parts[name] = f"{error!r}"
        if screenshot:
            parts[SCREENSHOT] = screenshot
        return parts

    def write(
        self,
        file: Path,
        parts: Mapping[str, bytes | str],
        *,
        minutes: float,
        journal: JournalSearch,
        report: Callable[[BundleProgress], None],
        canceled: Canceled,
    ) -> BundleReport:
        """Write the bundle beside its place and move it there when it is whole; blocks.

        Raises:
            StorageError: when it can't be written or was canceled; then there is no file.
        """
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
            os.close(handle)
        except OSError as error:
            raise _unwritable(file, error) from error
        part = Path(name)
        try:
            made = self._pack(part, parts, minutes, journal, report, canceled)
            part.replace(file)
        except OSError as error:
            raise _unwritable(file, error) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return msgspec.structs.replace(made, path=str(file.absolute()), bytes=file.stat().st_size)

    def _pack(
        self,
        part: Path,
        parts: Mapping[str, bytes | str],
        minutes: float,
        journal: JournalSearch,
        report: Callable[[BundleProgress], None],
        canceled: Canceled,
    ) -> BundleReport:
        logs = sorted(self._logs.glob("*.log*")) if self._logs.is_dir() else []
        total = len(parts) + len(logs) + 2
        missing = [f"{name}: {text}" for name, text in parts.items() if isinstance(text, str)]
        files: list[str] = []
        events = 0

        def step(doing: str) -> None:
            if canceled():
                msg = "the incident bundle was canceled"
                raise StorageError(msg)
            report(BundleProgress(done=len(files), total=total, doing=doing))

        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
            for name, content in parts.items():
                step(name)
                if isinstance(content, bytes):
                    pack.writestr(name, content)
                    files.append(name)
            for log in logs:
                step(log.name)
                self._pack_log(pack, log, files, missing)
            step(JOURNAL)
            try:
                events = self._pack_journal(pack, journal, minutes, step)
                files.append(JOURNAL)
            except StorageError as error:
                step(JOURNAL)
                missing.append(f"{JOURNAL}: {error}")
            pack.writestr(README, self._readme(minutes, missing))
            files.append(README)
        report(BundleProgress(done=total, total=total, doing=""))
        return BundleReport(path="", bytes=0, files=tuple(files), events=events, missing=tuple(missing))

    def _pack_log(self, pack: zipfile.ZipFile, log: Path, files: list[str], missing: list[str]) -> None:
        name = f"logs/{log.name}"
        try:
            with log.open("rb") as lines:
                lines.seek(max(0, log.stat().st_size - _LARGEST_LOG))
                with pack.open(name, "w") as out:
                    for line in lines:
                        out.write(self._redactor.text(line.decode(errors="replace")).encode())
        except OSError as error:
            missing.append(f"{name}: {error}")
            return
        files.append(name)

    def _pack_journal(
        self, pack: zipfile.ZipFile, journal: JournalSearch, minutes: float, step: Callable[[str], None]
    ) -> int:
        since = self._wall.now() - timedelta(minutes=minutes)
        count = 0
        with pack.open(JOURNAL, "w") as out:
            for line in self._clean(journal.lines(since, lambda: False)):
                out.write(line + b"\n")
                count += 1
                if count % _BATCH == 0:
                    step(JOURNAL)
        return count

    def _clean(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            event = msgspec.json.decode(line)
            payload = event["payload"]
            cleaned = msgspec.json.encode(self._redactor.value("", _document(payload))).decode()
            if cleaned != msgspec.json.encode(_document(payload)).decode():
                event |= {"payload": cleaned, "redacted": True}
                yield msgspec.json.encode(event)
            else:
                yield line

    def _readme(self, minutes: float, missing: Sequence[str]) -> str:
        told = "Not in the bundle:\n" + "\n".join(missing) if missing else "Nothing is missing."
        at = self._wall.now().isoformat(timespec="seconds")
        return self._redactor.text(_EXPLAINED.format(at=at, journal=JOURNAL, minutes=minutes, missing=told))

    def _encoded(self, document: object) -> bytes:
        if isinstance(document, str):
            return self._redactor.text(document).encode()
        plain = msgspec.to_builtins(document, enc_hook=str, str_keys=True)
        return msgspec.json.format(msgspec.json.encode(self._redactor.value("", plain)), indent=2)


def _document(payload: str) -> object:
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return payload


def _unwritable(file: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{file} can't be written: {error.strerror or error}. Choose another folder or free disk space."
    )
