"""What every page begins with, and the templates that pages are made of; they escape whatever they are given."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ares_desktop.domain.runs import Run

_HERE: Final = Path(__file__).parent


@cache
def template(name: str) -> Template:
    """Return one of the templates in this folder."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def heading(run: Run, currency: str = "") -> dict[str, Any]:
    """Return what the head of a page shows."""
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return {"run": run, "title": run.title or run.id, "kind": run.kind.value, "made": made, "currency": currency}
