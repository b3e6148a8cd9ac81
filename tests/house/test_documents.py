"""The documents stay true: their links lead somewhere and their code runs."""

import re
from pathlib import Path

from ares_desktop import api

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def documents(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def blocks(path: Path, language: str) -> list[str]:
    return [text for name, text in FENCE.findall(path.read_text()) if name == language]


def test_links_lead_somewhere(root: Path) -> None:
    broken = [
        f"{path.relative_to(root)}: {target}"
        for path in documents(root)
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(["", *broken])


def test_every_decision_is_listed(root: Path) -> None:
    decisions = root / "docs" / "adr"
    listed = (decisions / "README.md").read_text()
    assert [path.name for path in decisions.glob("0*.md") if f"({path.name})" not in listed] == []


def test_the_strategies_of_the_guide_are_strategies(root: Path) -> None:
    shown = blocks(root / "docs" / "writing-a-strategy.md", "python")
    examples = [text for text in shown if "def test_" not in text]
    assert examples
    for example in examples:
        namespace: dict[str, object] = {"__name__": "example"}
        exec(compile(example, "writing-a-strategy.md", "exec"), namespace)  # noqa: S102 - our own document
        found = [
            value
            for value in namespace.values()
            if isinstance(value, type) and issubclass(value, api.Strategy) and value is not api.Strategy
        ]
        assert len(found) == 1


def test_the_guide_names_handlers_and_context_methods_that_exist(root: Path) -> None:
    guide = (root / "docs" / "writing-a-strategy.md").read_text()
    for section, owner in (("## What happens when", api.Strategy), ("## The context", api.Context)):
        text = guide.partition(section)[2].partition("\n## ")[0]
        cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
        names = re.findall(r"`(?:await )?(\w+)\(", " ".join(cells))
        assert names
        assert [name for name in names if not hasattr(owner, name)] == []
