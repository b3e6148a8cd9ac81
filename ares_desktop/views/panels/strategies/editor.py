"""The place where an instance is configured, or a new one is made of a strategy file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from ares_desktop.domain.differences import difference, without_switches
from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.strategies.apply_bar import EFFECTS
from ares_desktop.views.panels.strategies.draft_check import DraftCheck
from ares_desktop.views.panels.strategies.instance_files import InstanceFiles
from ares_desktop.views.panels.strategies.putting import Wish, applied_text, create, put_in_force
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance, StrategyStatus
    from ares_desktop.domain.versions import Change
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.draft_check import Verdict
    from ares_desktop.views.panels.strategies.editor_parts import EditorParts


class StrategyEditor(QFrame):
    """Form, preview and versions of one instance; its parts are made when it is opened first.

    Signals:
        opened, closed: it needs the panel's room, or gives it back.
        raised: the place of its own is to be brought to the front.
        float_wanted: that place is to become a window, or to be put back.
        added: name of a new instance.
        start_wanted: name of an instance that was added and is to be started.
    """

    opened = Signal()
    closed = Signal()
    raised = Signal()
    float_wanted = Signal()
    added = Signal(str)
    start_wanted = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._made: EditorParts | None = None
        self._base: StrategyInstance | None = None
        self._draft: StrategyInstance | None = None
        self._entry: CatalogEntry | None = None
        self._new = False
        self._own_room = False
        self._check = DraftCheck(desk, self)
        self._files = InstanceFiles(desk, self)
        self.setObjectName("strategy_editor")
        self.setProperty("surface", "panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    @property
    def parts(self) -> EditorParts:
        """What it consists of."""
        if self._made is None:
            # The library of the charts is heavy, and the window is there before it.
            from ares_desktop.views.panels.strategies.editor_parts import EditorParts  # noqa: PLC0415 - pyqtgraph

            self._made = EditorParts(self._desk)
            self._connect(self._made)
        return self._made

    def _connect(self, parts: EditorParts) -> None:
        parts.form.edited.connect(self._edited)
        parts.presets.chosen.connect(parts.form.fill_parameters)
        parts.files.chosen.connect(self._file_chosen)
        parts.changes.undone.connect(parts.form.undo)
        parts.bar.applied.connect(self.apply)
        parts.bar.started.connect(partial(self.apply, start=True))
        parts.bar.jumped.connect(self._jump)
        parts.versions.shown_in_form.connect(self._show_version)
        parts.versions.restored.connect(self._restored)
        parts.import_button.clicked.connect(self._files.choose_import)
        parts.export_button.clicked.connect(self._export)
        parts.close_button.clicked.connect(self.leave)
        parts.float_button.clicked.connect(self.float_wanted)
        parts.float_button.setVisible(self._own_room)
        self._check.judged.connect(self._judged)
        strategies = self._desk.managers.strategies
        strategies.status_changed.connect(self._status_changed)
        strategies.removed.connect(self._removed)
        strategies.catalog_changed.connect(self._catalog_changed)

    def take_own_room(self) -> None:
        """Stand in a place of its own from now on, so that no other panel has to make room."""
        self._own_room = True
        if self._made is not None:
            self._made.float_button.show()

    # opening and closing

    @property
    def is_busy(self) -> bool:
        """Whether something is being configured."""
        return not self.isHidden()

    def edit(self, status: StrategyStatus) -> None:
        """Show an instance as it is in force; what is typed of it already stays."""
        instance, parts = status.instance, self.parts
        if self.is_busy and not self._new and self._base is not None and self._base.name == instance.name:
            self._show()
            return
        self._new = False
        self._entry = self._entry_of(instance.file)
        parts.versioned = True
        parts.title.setText(instance.name)
        parts.files.hide()
        parts.versions.show_instance(instance.name, self._entry.parameters if self._entry else ())
        self._begin(instance)
        self._show()
        parts.area.verticalScrollBar().setValue(0)
        parts.form.focus_first()

    def prepare_new(self, file: str | None = None) -> None:
        """Show the strategy files, and the form for an instance of the chosen one.

        Args:
            file: chosen at first; the first good one without it.
        """
        parts = self.parts
        self._new = True
        self._base = self._draft = None
        parts.versioned = False
        parts.title.setText(translated("New instance"))
        parts.export_button.hide()
        parts.bar.show_new(new=True)
        parts.changes.hide()
        parts.form.hide()
        parts.files.show()
        parts.files.show_catalog(file)
        self._show()
        parts.area.verticalScrollBar().setValue(0)
        parts.files.search.setFocus()

    def _begin(self, base: StrategyInstance) -> None:
        """Take an instance, or the defaults of a new one, as what changes are told against."""
        parts = self.parts
        self._base = None
        parts.bar.show_new(new=self._new)
        parts.export_button.setVisible(not self._new)
        parts.presets.show_strategy(base.file)
        parts.preview.begin()
        parts.form.show_instance(base, self._entry, new=self._new)
        parts.form.show()
        self._base = base
        self._edited()

    def _show(self) -> None:
        parts = self.parts
        parts.show_form()
        if parts.parentWidget() is None:
            # Only now, because every widget added to a styled window is styled at once, and again with what follows.
            cast("QVBoxLayout", self.layout()).addWidget(parts)
            parts.show()
        self.show()
        (self.raised if self._own_room else self.opened).emit()

    def leave(self) -> None:
        """Close the form; what was typed and not applied is forgotten."""
        self._check.forget()
        if self._made is not None:
            self._made.preview.cancel()
        self._base = self._draft = None
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape, apply on Ctrl+Enter."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
        else:
            super().keyPressEvent(event)

    # files

    def _entry_of(self, file: str) -> CatalogEntry | None:
        catalog = self._desk.managers.strategies.catalog()
        # An instance may name its file by path, or by the bare name that a strategy folder resolves.
        exact = [one for one in catalog if one.file == file]
        return next(iter(exact or [one for one in catalog if Path(one.file).stem == Path(file).stem]), None)

    def _file_chosen(self, entry: CatalogEntry) -> None:
        if not self._new:
            return
        self._entry = entry
        if entry.faults:
            self._show_faulty(entry)
            return
        try:
            draft = self._desk.managers.strategies.editing.draft(entry.file)
        except AresError as error:
            self._desk.notices.show_error(translated("Add an instance"), error)
            return
        self._begin(draft)

    def _show_faulty(self, entry: CatalogEntry) -> None:
        parts = self.parts
        self._base = self._draft = None
        parts.form.show_faulty(entry)
        parts.form.show()
        parts.preview.begin()
        parts.bar.show_new(new=True)
        state = translated("This file can't be used: correct it, or choose another one.")
        parts.bar.say(translated("Add"), enabled=False, state=state, tone=Tone.NEGATIVE)

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        base, known = self._base, self._entry
        if base is None or self._new or entry.faults or Path(entry.file).stem != Path(base.file).stem:
            return
        self._entry = entry
        if known is None or known.parameters != entry.parameters:
            self._begin_again(base)

    # editing

    def _edited(self) -> None:
        base, parts = self._base, self.parts
        if base is None:
            return
        problems = parts.form.find_problems()
        readable = parts.form.readable()
        draft = self._draft = None if problems else readable
        limits = parts.form.limit_differences()
        found = () if self._new or readable is None else difference(base, readable)
        parts.changes.show_differences((*found, *limits), parts.form.parameters.infos)
        parts.bar.show_problems(problems)
        parts.presets.edited()
        parts.preview.show_draft(draft, None if self._new else base)
        self._check.forget()
        if draft is None:
            parts.bar.say(self._verb, enabled=False)
        elif found or self._new:
            parts.bar.say(self._verb, enabled=False, state=translated("Checking\N{HORIZONTAL ELLIPSIS}"))
            self._check.ask(draft, new=self._new)
        else:
            parts.bar.say(translated(EFFECTS["now" if limits else "nothing"]), enabled=bool(limits))

    @property
    def _verb(self) -> str:
        return translated("Add") if self._new else translated("Apply")

    def _judged(self, verdict: Verdict) -> None:
        parts, change = self.parts, verdict.change
        parts.bar.show_problems(parts.form.mark(verdict.findings))
        if verdict.findings:
            parts.bar.say(self._verb, enabled=False)
        elif verdict.refusal:
            text = translated("Can't be applied")
            parts.bar.say(text, enabled=False, state=verdict.refusal, tone=Tone.WARNING)
        elif change is None:
            parts.bar.say(self._verb, enabled=True)
        else:
            parts.bar.say(translated(EFFECTS.get(change.effect, "Apply")), enabled=change.effect != "nothing")

    def _jump(self, place: str) -> None:
        self.parts.show_form()
        self.parts.form.jump(place)

    def _show_version(self, instance: StrategyInstance) -> None:
        if not self.parts.is_wide:
            self.parts.show_form()
        self.parts.form.fill(instance)

    # putting in force

    def apply(self, *, start: bool = False) -> None:
        """Put what is typed in force; the button says beforehand what that does.

        Args:
            start: of a new instance: ask for its start afterwards.
        """
        draft, base, bar = self._draft, self._base, self.parts.bar
        if draft is None or base is None or not bar.apply.isEnabled():
            return
        bar.say(bar.apply.text(), enabled=False, state=translated("Under way\N{HORIZONTAL ELLIPSIS}"))
        wish = Wish(draft, self.parts.form.chosen_limits(), bar.note.text().strip())
        if self._new:
            self._desk.runner.run(
                translated("Add {0}").format(draft.name),
                partial(create, self._desk, wish),
                done=partial(self._created, start=start),
                failed=self._refused,
                arguments=wish.told(base),
            )
        else:
            self._desk.runner.run(
                translated("Change {0}").format(draft.name),
                partial(put_in_force, self._desk, wish, base),
                done=partial(self._applied, draft.name),
                failed=self._refused,
                arguments=wish.told(base),
            )

    def _created(self, made: StrategyStatus, *, start: bool) -> None:
        name = made.instance.name
        self._desk.notices.inform(translated("{0} is added").format(name))
        self.leave()
        self.added.emit(name)
        if start:
            self.start_wanted.emit(name)

    def _applied(self, name: str, change: Change | None) -> None:
        self._desk.notices.inform(applied_text(name, change))
        self.leave()

    def _refused(self, error: AresError) -> bool:
        if not isinstance(error, UsageError):
            self._edited()
            return False
        self.parts.bar.show_problems(self.parts.form.mark(error.findings))
        self.parts.bar.say(self._verb, enabled=False)
        return True

    def _restored(self, change: Change) -> None:
        if self._base is not None:
            self._desk.notices.inform(applied_text(self._base.name, change))

    def _export(self) -> None:
        if self._base is not None:
            self._files.choose_export(self._base.name)

    # what others do meanwhile

    def _status_changed(self, status: StrategyStatus) -> None:
        base, fresh = self._base, status.instance
        if base is None or self._new or fresh.name != base.name or fresh == base:
            return
        if without_switches(base) != without_switches(fresh):
            self._begin_again(fresh)
            self.parts.versions.refresh()
        else:
            self._base = fresh
            self.parts.form.rebase(fresh)
            self._edited()

    def _begin_again(self, base: StrategyInstance) -> None:
        """Tell what is typed against another version in force, and keep it where it differed from the old one."""
        old, typed = self._base, self.parts.form.readable()
        self._base = None
        self.parts.form.show_instance(base, self._entry, new=False, fold=False)
        self._base = base
        if old is not None and typed is not None:
            self.parts.form.fill_places(typed, [one.place for one in difference(old, typed)])
        self._edited()

    def _removed(self, instance: StrategyInstance) -> None:
        if self._base is not None and not self._new and instance.name == self._base.name:
            self.leave()
