"""The form of an instance: what it is, where it runs, what it trades, its parameters, money, limits and faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.errors import Finding
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import CatalogEntry, ParameterInfo, StrategyInstance
from ares_desktop.domain.versions import Difference
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.strategies.about import AboutStrategy
from ares_desktop.views.panels.strategies.fields import (
    DECLARED,
    FAULTS,
    LIMITS,
    MONEY,
    PLACE,
    SCHEDULE,
    field_text,
    field_title,
    limit_hint,
    limit_values,
    limits_of,
    shown_infos,
    shown_values,
    with_values,
)
from ares_desktop.views.panels.strategies.form_parts import (
    DeclaredSection,
    InstrumentSection,
    budget_words,
    with_choice,
)
from ares_desktop.views.panels.strategies.hours_text import schedule_words
from ares_desktop.views.panels.strategies.instrument_field import InstrumentField
from ares_desktop.views.panels.strategies.problems import Problem, problem_of, wrong_values
from ares_desktop.views.widgets.field_grid import TITLE_WIDTH
from ares_desktop.views.widgets.parameter_form import ParameterForm
from ares_desktop.views.widgets.section import Section

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_FOLDED: Final = ("about", PLACE.key, "instruments", LIMITS.key, FAULTS.key, "benchmark")
"""At first: what is rarely changed."""
_NEW: Final = ("about", PLACE.key, "instruments")
"""Open at first where an instance is new."""
_ROOM: Final = 60
"""Above and below a field that was jumped to, pixels."""


class InstanceForm(QWidget):
    """All sections of an instance.

    Signals:
        edited: after a value was changed.
    """

    edited = Signal()

    def __init__(self, desk: Desk, presets: QWidget) -> None:
        super().__init__()
        self._desk = desk
        self._base: StrategyInstance | None = None
        self._own = self._common = RiskLimits()
        self.about = AboutStrategy()
        self.declared = {
            section.key: DeclaredSection(desk, section, words)
            for section, words in (
                (PLACE, lambda _: ""),
                (MONEY, self._budget_words),
                (SCHEDULE, schedule_words),
                (FAULTS, lambda _: ""),
            )
        }
        self.instruments = InstrumentSection(desk)
        self.parameters = ParameterForm(desk.theme)
        self.limits = ParameterForm(desk.theme, brief=True)
        none = translated("Its performance is compared with nothing.")
        self.benchmark = InstrumentField(desk, translated("Benchmark"), one=True, empty=none)
        for form in (self.parameters, self.limits):
            form.align_titles(TITLE_WIDTH)
        self.sections: dict[str, Section] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 12)
        self._column.setSpacing(12)
        self._arrange(presets)
        self._connect()

    def _arrange(self, presets: QWidget) -> None:
        parameters = QWidget()
        column = QVBoxLayout(parameters)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(presets)
        column.addWidget(self.parameters)
        for key, title, body in (
            ("about", "What it is", self.about),
            (PLACE.key, PLACE.title, self.declared[PLACE.key]),
            ("instruments", "Instruments", self.instruments),
            ("parameters", "Parameters", parameters),
            (SCHEDULE.key, SCHEDULE.title, self.declared[SCHEDULE.key]),
            (MONEY.key, MONEY.title, self.declared[MONEY.key]),
            (LIMITS.key, LIMITS.title, self.limits),
            (FAULTS.key, FAULTS.title, self.declared[FAULTS.key]),
            ("benchmark", "Benchmark", self.benchmark),
        ):
            self.sections[key] = Section(self._desk.theme, translated(title), body)
            self._column.addWidget(self.sections[key])
        self._column.addStretch(1)

    def _connect(self) -> None:
        for section in self.declared.values():
            section.edited.connect(self._edited)
        for form in (self.parameters, self.limits):
            form.edited.connect(self._edited)
        self.instruments.edited.connect(self._edited)
        self.benchmark.changed.connect(self._edited)
        self.benchmark.line.textChanged.connect(lambda _: self._edited())

    # showing

    def show_instance(
        self, base: StrategyInstance, entry: CatalogEntry | None, *, new: bool, fold: bool = True
    ) -> None:
        """Show an instance as it is in force, or the defaults of a new one.

        Args:
            base: what changes are told against.
            entry: its file, None when it has not been looked at.
            new: it is not in force yet, so that its name can be chosen.
            fold: sections that are rarely changed are folded.
        """
        self._base = None
        totals = self._desk.managers.totals
        self._common = totals.limits()
        self._own = self._common if new else totals.limits(f"strategy:{base.name}")
        self.about.show_entry(entry, base.file)
        for part in self.sections.values():
            part.show()
        for section in self.declared.values():
            section.show_instance(base, partial(self._with_choices, base))
        place = self.declared[PLACE.key].fields
        place.editors["name"].setEnabled(new)
        self.instruments.show_instance(base)
        self.benchmark.show_chosen(() if base.benchmark is None else (base.benchmark,))
        self.parameters.show_parameters(entry.parameters if entry else (), base.parameters)
        self.limits.show_parameters(shown_infos(LIMITS.infos), limit_values(self._own, self._common))
        for info in LIMITS.infos:
            self.limits.set_placeholder(info.name, limit_hint(info.name, self._common))
        self._base = base
        if fold:
            for key, part in self.sections.items():
                part.set_open(key not in _FOLDED or (new and key in _NEW))
        self.find_problems()
        self._show_briefs()

    def _with_choices(self, base: StrategyInstance, infos: tuple[ParameterInfo, ...]) -> tuple[ParameterInfo, ...]:
        managers = self._desk.managers
        accounts = [one.account for one in managers.connections.connections() if one.account]
        accounts += [one.account for one in managers.portfolio.accounts()]
        infos = with_choice(infos, "account", sorted({*accounts, base.account}), default=base.account)
        return tuple(msgspec.structs.replace(one, default=base.name) if one.name == "name" else one for one in infos)

    def fill(self, instance: StrategyInstance) -> None:
        """Show other values, such as those of an earlier version; what they are told against stays."""
        values = shown_values(instance)
        for section in self.declared.values():
            section.fill({name: value for name, value in values.items() if name != "name"})
        self.instruments.field.show_chosen(instance.instruments)
        self.instruments.length.set_value("bar_spec", instance.bar_spec)
        self.benchmark.show_chosen(() if instance.benchmark is None else (instance.benchmark,))
        self.fill_parameters(instance.parameters)

    def fill_parameters(self, values: Mapping[str, Any]) -> None:
        """Show other values of the parameters; those that are not named get their defaults."""
        for info in self.parameters.infos:
            self.parameters.set_value(info.name, values.get(info.name, info.default))
        self._edited()

    def fill_places(self, instance: StrategyInstance, places: Iterable[str]) -> None:
        """Show other values of some fields alone."""
        for place in places:
            self._put(place, instance)
        self._edited()

    def rebase(self, base: StrategyInstance) -> None:
        """Tell changes against an instance that shows the same, such as one that was switched on meanwhile."""
        self._base = base

    def show_faulty(self, entry: CatalogEntry) -> None:
        """Show what is wrong with a file that no instance can be made of."""
        self._base = None
        self.about.show_entry(entry, entry.file)
        for key, part in self.sections.items():
            part.setVisible(key == "about")
        self.sections["about"].set_open(True)

    def undo(self, place: str) -> None:
        """Give a field its value in force back; an empty place means all of them."""
        base = self._base
        if base is None:
            return
        top, _, name = place.partition(".")
        kept = limit_values(self._own, self._common)
        for key in (name,) if top == "limits" else tuple(kept) if not place else ():
            self.limits.set_value(key, kept[key])
        if place:
            self._put(place, base)
        else:
            self.fill(base)
        self._edited()

    def _put(self, place: str, instance: StrategyInstance) -> None:
        top, _, name = place.partition(".")
        if top == "parameters":
            info = next((one for one in self.parameters.infos if one.name == name), None)
            if info is not None:
                self.parameters.set_value(name, instance.parameters.get(name, info.default))
        elif top == "instruments":
            self.instruments.field.show_chosen(instance.instruments)
        elif top == "benchmark":
            self.benchmark.show_chosen(() if instance.benchmark is None else (instance.benchmark,))
        elif top == "bar_spec":
            self.instruments.length.set_value("bar_spec", instance.bar_spec)
        else:
            self._put_declared(top, shown_values(instance))

    def _put_declared(self, name: str, values: Mapping[str, Any]) -> None:
        names = ("funding", "capital") if name == "capital" else (name,)
        for section in self.declared.values():
            section.fill({one: values[one] for one in names if one in values})

    # what it says

    def draft(self) -> StrategyInstance | None:
        """Return the instance that is described, None while something is wrong."""
        return None if self.find_problems() else self.readable()

    def readable(self) -> StrategyInstance | None:
        """Return the instance as far as it can be read; fields that can't be are as they are in force."""
        base = self._base
        if base is None:
            return None
        values = {name: value for part in self.declared.values() for name, value in part.fields.valid_values().items()}
        values["name"] = values["name"].strip()
        shown = {info.name: base.parameters.get(info.name, info.default) for info in self.parameters.infos}
        changed = {name: value for name, value in self.parameters.valid_values().items() if value != shown[name]}
        return msgspec.structs.replace(
            with_values(base, values),
            instruments=self.instruments.field.chosen,
            bar_spec=self.instruments.length.typed("bar_spec"),
            benchmark=next(iter(self.benchmark.chosen), None),
            parameters={**base.parameters, **changed},
        )

    def chosen_limits(self) -> RiskLimits | None:
        """Return the limits that are to be set, None where they stay what they are."""
        if self.limits.problems():
            return None
        chosen = limits_of(self.limits.values(), self._common)
        return None if chosen == self._own else chosen

    def limit_differences(self) -> tuple[Difference, ...]:
        """Return what changes in the limits."""
        chosen = self.chosen_limits()
        if chosen is None:
            return ()
        return tuple(
            Difference(place=f"limits.{info.name}", before=before, after=after)
            for info in LIMITS.infos
            if (before := getattr(self._own, info.name)) != (after := getattr(chosen, info.name))
        )

    # what is wrong

    def find_problems(self) -> list[Problem]:
        """Mark whatever can be told to be wrong at once, and return it."""
        found: list[Problem] = []
        values = {name: value for part in self.declared.values() for name, value in part.fields.valid_values().items()}
        wrong = wrong_values(values)
        for section in (PLACE, SCHEDULE, MONEY, FAULTS):
            form = self.declared[section.key].fields
            form.refuse({name: text for name, text in wrong.items() if name in form.editors})
            unreadable = form.problems()
            for info in section.infos:
                text = unreadable.get(info.name) or wrong.get(info.name)
                if text:
                    found.append(Problem(info.name, translated(info.title), text))
        for place, field in (("instruments", self.instruments.field), ("benchmark", self.benchmark)):
            if field.problem:
                found.append(Problem(place, field_title(place), field.problem))
        for prefix, form in (("parameters", self.parameters), ("limits", self.limits)):
            form.refuse({})
            for name, text in form.problems().items():
                place = f"{prefix}.{name}"
                found.append(Problem(place, field_title(place, self.parameters.infos), text))
        return self._ordered(found)

    def _ordered(self, problems: list[Problem]) -> list[Problem]:
        """Order problems as their fields stand in the form; those without a field come last."""
        order = list(self.sections)
        places = {problem.place: self.editor_of(problem.place) for problem in problems}
        return sorted(
            problems,
            key=lambda problem: order.index(found[0]) if (found := places[problem.place]) else len(order),
        )

    def mark(self, findings: Iterable[Finding]) -> list[Problem]:
        """Mark what the engine found, in addition; return all of it."""
        found = [problem_of(finding, self.parameters.infos) for finding in findings]
        texts = {problem.place: problem.text for problem in found}
        parameters = {place.removeprefix("parameters."): text for place, text in texts.items()}
        self.parameters.refuse({name: text for name, text in parameters.items() if name in self.parameters.editors})
        for section in DECLARED:
            form = self.declared[section.key].fields
            form.refuse({name: text for name, text in texts.items() if name in form.editors})
        for place, field in (("instruments", self.instruments.field), ("benchmark", self.benchmark)):
            field.mark(texts.get(place, ""))
        return self._ordered(found)

    def editor_of(self, place: str) -> tuple[str, QWidget] | None:
        """Return the section and the editor of a field, None for one that has none."""
        top, _, name = place.partition(".")
        if top in ("instruments", "benchmark"):
            return top, self.instruments.field.line if top == "instruments" else self.benchmark.line
        if top == "bar_spec":
            return "instruments", self.instruments.length.editors["bar_spec"]
        for key, form in (("parameters", self.parameters), ("limits", self.limits)):
            if top == key and name in form.editors:
                return key, form.editors[name]
        for key, section in self.declared.items():
            if top in section.fields.editors:
                return key, section.fields.editors[top]
        return None

    def jump(self, place: str) -> None:
        """Bring a field into sight and give it the keyboard."""
        found = self.editor_of(place)
        if found is None:
            return
        section, editor = found
        self.sections[section].set_open(True)
        editor.setFocus()
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(editor, 0, _ROOM)

    def focus_first(self) -> None:
        """Give the keyboard to what is changed most often: the first parameter."""
        editors = [*self.parameters.editors.values(), self.instruments.field.line]
        editors[0].setFocus()

    # inside

    def _budget_words(self, values: Mapping[str, Any]) -> str:
        account = self.declared[PLACE.key].fields.valid_values().get("account", "")
        return budget_words(self._desk, account, values)

    def _edited(self) -> None:
        if self._base is not None:
            self.declared[MONEY.key].show_words()
            self._show_briefs()
            self.edited.emit()

    def _show_briefs(self) -> None:
        base = self._base
        if base is None:
            return
        limits = [info.name for info in LIMITS.infos if self.limits.valid_values().get(info.name) is not None]
        faults = self.declared[FAULTS.key].fields.valid_values()
        for key, text in (
            ("about", self.about.summary.text()),
            (
                LIMITS.key,
                count(len(limits), "{0} of its own", "{0} of its own") if limits else translated("as for all"),
            ),
            (FAULTS.key, translated("restart {0}").format(faults.get("restart", ""))),
            ("benchmark", field_text("benchmark", next(iter(self.benchmark.chosen), None))),
            ("instruments", field_text("instruments", self.instruments.field.chosen)),
            (PLACE.key, base.name),
            ("parameters", count(len(self.parameters.infos), "{0} parameter", "{0} parameters")),
            (MONEY.key, self.declared[MONEY.key].words.text()),
            (SCHEDULE.key, field_text("hours", self.declared[SCHEDULE.key].fields.valid_values().get("hours"))),
        ):
            self.sections[key].set_brief(text)
