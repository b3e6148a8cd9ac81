"""Finds the field that a finding of the engine is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ares_desktop.domain.errors import Finding, UsageError

if TYPE_CHECKING:
    from ares_desktop.views.panels.lab.setup_form import SetupForm

_COSTS: Final = {
    "costs": "costs",
    "latency": "latency_ms",
    "slippage": "slippage",
    "volume share": "volume_share",
    "borrow rate": "borrow_rate",
    "interest rate": "interest_rate",
    "roll days": "roll_days",
}
_SEARCH: Final = {"coarse": "coarse_points", "fine": "fine_trials", "workers": "workers", "dask": "dask"}
_FOLDS: Final = {"folds": "folds", "train": "train_share", "purge": "purge", "embargo": "embargo"}
_PERIOD: Final = {"from": "start", "to": "end"}
_DATA: Final = {"data": "data"}
_MONEY: Final = {"cash": "cash"}
_CARD: Final = {"strategy": "file", "strategy name": "name", "weights": "weight"}


def place_finding(form: SetupForm, finding: Finding) -> bool:
    """Say what is wrong beside the field it is about, and open its section; return whether there is such a field."""
    found = _place(form, finding)
    if found:
        form.sections[found].set_open(True)
    return bool(found)


def _place(form: SetupForm, finding: Finding) -> str:
    place, text = finding.place, _said(finding)
    grids = (
        ("data", _DATA, form.data_fields),
        ("data", _PERIOD, form.period.fields),
        ("account", _MONEY, form.account.fields),
    )
    for section, names, grid in grids:
        if place in names:
            grid.mark(names[place], f"{finding.value}: {text}" if names is _DATA and finding.value else text)
            return section
    forms = (
        ("costs", _COSTS, form.costs.form),
        ("search", _SEARCH, form.search.options),
        ("search", _FOLDS, form.search.folds),
    )
    for section, names, target in forms:
        if place in names:
            return section if target.show_refusal(_renamed(finding, names[place])) else ""
    if place.startswith("search "):
        return "search" if form.search.ranges.mark(place.removeprefix("search "), text) else ""
    return _place_strategy(form, finding, text)


def _place_strategy(form: SetupForm, finding: Finding, text: str) -> str:
    cards = form.strategies.cards
    if finding.place in _CARD:
        fitting = [card for card in cards if card.entry is not None and card.entry.file == finding.value] or cards
        fitting[0].fields.mark(_CARD[finding.place], text)
        return "strategies"
    for card, name in zip(cards, form.strategies.names(), strict=True):
        if finding.place == f"weight of {name}":
            card.fields.mark("weight", text)
            return "strategies"
    # Which of several strategies refused a parameter is not said: every one that has it is marked.
    marked = [card.form.show_refusal(UsageError(finding)) for card in cards]
    return "strategies" if any(marked) else ""


def _said(finding: Finding) -> str:
    parts = [part.strip() for part in (finding.problem, finding.remedy) if part]
    return " ".join(part if part[-1] in ".!?" or part is parts[-1] else f"{part}." for part in parts)


def _renamed(finding: Finding, name: str) -> UsageError:
    return UsageError(msgspec.structs.replace(finding, place=name))
