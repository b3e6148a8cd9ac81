"""Writes docs/settings.md and docs/events.md from the code; with --check it only says which of them is out of date."""

import argparse
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

from ares_desktop.config.reference import SettingInfo, groups, settings_reference
from ares_desktop.domain import events

DOCS = Path(__file__).resolve().parents[1] / "docs"

SETTINGS_INTRODUCTION = """# Settings

*Made from the code by `make docs`.*

A setting is looked for in four places; a later one wins: its default, `settings.toml` in the profile, an environment
variable, the command line. A file with a wrong value is refused as a whole, with every error listed. A changed file is
picked up while the application runs, save for settings that say *at the next start*.

```toml
[ui]
theme = "light"
```
"""

EVENTS_INTRODUCTION = """# Events

*Made from the code by `make docs`.*

What the journal can hold. Each event is stored with a sequence number, an id, the time it was appended, the event that
caused it and a correlation that is shared by everything one intent led to; see [ADR 0003](adr/0003-journal.md).
"""


def settings_page() -> Iterator[str]:
    """Yield the parts of the page about settings."""
    yield SETTINGS_INTRODUCTION
    reference = settings_reference()
    for group, model in groups().items():
        yield f"## {group}\n\n{summary(model)}\n"
        rows = [setting_row(info) for key, info in reference.items() if key.startswith(f"{group}.")]
        yield table(("setting", "default", "what it does"), rows)


def setting_row(info: SettingInfo) -> tuple[str, str, str]:
    """Return the cells of one setting."""
    default = getattr(info.default, "value", info.default)
    shown = "" if default in {None, ()} else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    allowed = ", ".join(f"`{choice}`" for choice in info.choices) or info.bounds
    notes = [info.description, f"{info.kind[:1].upper()}{info.kind[1:]}{f' ({info.unit})' if info.unit else ''}"]
    notes[1] += f": {allowed}." if allowed else "."
    if info.restart:
        notes.append("*At the next start.*")
    return f"`{info.key}`<br>`{info.environment}`", shown, " ".join(notes)


def events_page() -> Iterator[str]:
    """Yield the parts of the page about events."""
    yield EVENTS_INTRODUCTION
    rows = []
    for event in get_args(events.Payload):
        fields = ", ".join(f"`{name}`" for name in get_type_hints(event))
        rows.append((f"`{event.__name__}`", summary(event), fields))
    yield table(("event", "meaning", "fields"), rows)


def summary(thing: type) -> str:
    """Return the first sentence of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    escaped = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)


def main() -> int:
    """Write or check both pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 when a page is out of date")
    check = parser.parse_args().check
    pages = {DOCS / "settings.md": "\n".join(settings_page()), DOCS / "events.md": "\n".join(events_page())}
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text() != text]
    for path in stale:
        if not check:
            path.write_text(pages[path])
        sys.stderr.write(f"{path.name} {'is out of date: run make docs' if check else 'written'}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
