"""The place where an instance is configured, or a new one is made of a strategy file."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.differences import difference
from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance, StrategyStatus
from ares_desktop.domain.versions import Change
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.strategies.apply_bar import EFFECTS, ApplyBar
from ares_desktop.views.panels.strategies.catalog_list import CatalogList
from ares_desktop.views.panels.strategies.changes import ChangesList
from ares_desktop.views.panels.strategies.draft_check import DraftCheck, Verdict
from ares_desktop.views.panels.strategies.form import InstanceForm
from ares_desktop.views.panels.strategies.presets import PresetBar
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import IconButton, label, strip

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.preview import PreviewView
    from ares_desktop.views.panels.strategies.versions import VersionsView

FORM: Final = "form"
PREVIEW: Final = "preview"
VERSIONS: Final = "versions"
_WIDE: Final = 900
"""From here on preview or versions stand beside the form."""
_FORM_WIDTH: Final = 430
_LEAST_WIDTH: Final = 240


class StrategyEditor(QFrame):
    """Form, preview and versions of one instance; it is built when it is opened first.

    Signals:
        opened, closed: it needs the panel's room, or gives it back.
        raised: it is to be brought to the front of the place that it has of its own.
        start_wanted: name of an instance that was added and is to be started.
    """

    opened = Signal()
    closed = Signal()
    raised = Signal()
    start_wanted = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._base: StrategyInstance | None = None
        self._draft: StrategyInstance | None = None
        self._entry: CatalogEntry | None = None
        self._new = False
        self._built = False
        self._own_room = False
        self._page = PREVIEW
        self.setObjectName("strategy_editor")
        self.setProperty("surface", "panel")
        self.hide()

    # building

    def _build(self) -> None:
        if self._built:
            return
        self._built = True
        self.title = label(part="title")
        self.title.setMinimumWidth(1)
        self.presets = PresetBar(self._desk, self._typed_parameters)
        self.form = InstanceForm(self._desk, self.presets)
        self.files = CatalogList(self._desk)
        self.changes = ChangesList(self._desk)
        self.bar = ApplyBar(self._desk)
        self.check = DraftCheck(self._desk, self)
        self._build_top()
        self._build_pages()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.split, 1)
        self._connect()

    def _build_top(self) -> None:
        self.top, row = strip("toolbar", margins=(10, 2, 4, 3), spacing=6)
        self.top.setFixedHeight(34)
        self.pages = ChoiceButtons(
            translated("Page"),
            (
                (FORM, translated("Form"), translated("What is set")),
                (PREVIEW, translated("Preview"), translated("What these values would have done")),
                (VERSIONS, translated("Versions"), translated("What was set before")),
            ),
            FORM,
        )
        theme = self._desk.theme
        self.import_button = IconButton(theme, "down", translated("Import instances from TOML"))
        self.export_button = IconButton(theme, "export", translated("Export this instance as TOML"))
        close = IconButton(theme, "close", translated("Close (Esc)"))
        close.clicked.connect(self.leave)
        row.addWidget(self.title, 1)
        for part in (self.pages, self.import_button, self.export_button, close):
            row.addWidget(part)

    def _build_pages(self) -> None:
        # The library of the charts is heavy, and the window is there before it.
        from ares_desktop.views.panels.strategies.preview import PreviewView  # noqa: PLC0415 - pyqtgraph is heavy
        from ares_desktop.views.panels.strategies.versions import VersionsView  # noqa: PLC0415 - with it

        self.preview: PreviewView = PreviewView(self._desk)
        self.versions: VersionsView = VersionsView(self._desk)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.files)
        column.addWidget(self.form, 1)
        self.area = QScrollArea()
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.left = QWidget()
        left = QVBoxLayout(self.left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self.area, 1)
        left.addWidget(self.changes)
        left.addWidget(self.bar)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        pages: tuple[QWidget, ...] = (self.left, self.preview, self.versions)
        for number, part in enumerate(pages):
            # What a page would like to have must not push the others out of a narrow place.
            part.setMinimumWidth(_LEAST_WIDTH)
            self.split.addWidget(part)
            self.split.setStretchFactor(number, 0 if part is self.left else 1)
        self.split.setSizes([_FORM_WIDTH, 2 * _FORM_WIDTH, 2 * _FORM_WIDTH])
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(4)

    def _connect(self) -> None:
        self.form.edited.connect(self._edited)
        self.presets.chosen.connect(self.form.fill_parameters)
        self.files.chosen.connect(self._file_chosen)
        self.changes.undone.connect(self.form.undo)
        self.check.judged.connect(self._judged)
        self.bar.applied.connect(self.apply)
        self.bar.started.connect(partial(self.apply, start=True))
        self.bar.jumped.connect(self._jump)
        self.pages.chosen.connect(self.show_page)
        self.versions.shown_in_form.connect(self._show_version)
        self.versions.restored.connect(self._restored)
        self.import_button.clicked.connect(self.choose_import)
        self.export_button.clicked.connect(self.choose_export)
        self._desk.managers.strategies.status_changed.connect(self._status_changed)
        self._desk.managers.strategies.removed.connect(self._removed)
        self._desk.managers.strategies.catalog_changed.connect(self._catalog_changed)

    def take_own_room(self) -> None:
        """Stand in a place of its own from now on, so that no other panel has to make room."""
        self._own_room = True

    # pages

    def show_page(self, page: str) -> None:
        """Bring form, preview or versions to the front; in a wide place the form is always there."""
        self._page = page if page != FORM else self._page
        self.pages.choose(page)
        self._lay_out()

    def _lay_out(self) -> None:
        wide = self.width() >= _WIDE
        page = self.pages.current
        if wide and page == FORM:
            page = self._page
            self.pages.choose(page)
        self.pages.show_only(tuple(one for one in (FORM, PREVIEW, VERSIONS) if self._offers(one, wide=wide)))
        self.left.setVisible(wide or page == FORM)
        self.preview.setVisible(page == PREVIEW)
        self.versions.setVisible(page == VERSIONS)
        if page == PREVIEW:
            self.preview.take_up()

    def _offers(self, page: str, *, wide: bool) -> bool:
        return not (wide if page == FORM else page == VERSIONS and self._new)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much at once as there is room for."""
        super().resizeEvent(event)
        if self._built:
            self._lay_out()

    # opening and closing

    def edit(self, status: StrategyStatus) -> None:
        """Show an instance as it is in force."""
        self._build()
        instance = status.instance
        self._new = False
        self._entry = self._entry_of(instance.file)
        self.title.setText(instance.name)
        self.title.setToolTip(translated("Settings of {0}").format(instance.name))
        self.files.hide()
        self.versions.show_instance(instance.name, self._entry.parameters if self._entry else ())
        self._begin(instance)

    def prepare_new(self, file: str | None = None) -> None:
        """Show the strategy files, and the form for an instance of the chosen one."""
        self._build()
        self._new = True
        self._base = None
        self.title.setText(translated("New instance"))
        self.title.setToolTip("")
        self.bar.show_new(new=True)
        self.changes.hide()
        self.form.hide()
        self.files.show()
        self.files.show_catalog(file)
        if self._page == VERSIONS:
            self._page = PREVIEW
        self._open()
        self.files.search.setFocus()

    def _begin(self, base: StrategyInstance) -> None:
        """Take an instance, or the defaults of a new one, as what changes are told against."""
        self._base = None
        self.bar.show_new(new=self._new)
        self.export_button.setVisible(not self._new)
        self.presets.show_strategy(base.file)
        self.preview.begin()
        self.form.show_instance(base, self._entry, new=self._new)
        self.form.show()
        self._base = base
        self._edited()
        if not self._new:
            self._open()
            self.form.focus_first()

    def _open(self) -> None:
        self.show_page(FORM)
        self.show()
        self.area.verticalScrollBar().setValue(0)
        if self._own_room:
            self.raised.emit()
        else:
            self.opened.emit()

    def leave(self) -> None:
        """Close the form; what was typed and not applied is forgotten."""
        if self._built:
            self.check.forget()
            self.preview.cancel()
        self._base = None
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape, apply on Ctrl+Enter."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
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
            self._base = None
            self.form.about.show_entry(entry, entry.file)
            self.form.show_only_about()
            self.form.show()
            self.preview.begin()
            self.bar.show_new(new=True)
            state = translated("This file can't be used. Correct it: it is looked at again when it changes.")
            self.bar.say(translated("Add"), enabled=False, state=state, tone=Tone.NEGATIVE)
            return
        try:
            draft = self._desk.managers.strategies.editing.draft(entry.file)
        except AresError as error:
            self._desk.notices.show_error(translated("Add an instance"), error)
            return
        self._begin(draft)

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        base = self._base
        known = self._entry
        if base is not None and not self._new and not entry.faults and Path(entry.file).stem == Path(base.file).stem:
            self._entry = entry
            if known is None or known.parameters != entry.parameters:
                self._begin_again(base)

    # editing

    def _typed_parameters(self) -> dict[str, object] | None:
        return None if self.form.parameters.problems() else self.form.parameters.values()

    def _edited(self) -> None:
        base = self._base
        if base is None:
            return
        problems = self.form.find_problems()
        readable = self.form.readable()
        draft = self._draft = None if problems else readable
        self.bar.show_problems(problems)
        self.presets.edited()
        self.preview.show_draft(draft, None if self._new else base)
        self.check.forget()
        limits = self.form.limit_differences()
        found = () if self._new or readable is None else difference(base, readable)
        self.changes.show_differences((*found, *limits), self.form.parameters.infos)
        if draft is None:
            text = translated("Add") if self._new else translated("Apply")
            self.bar.say(text, enabled=False, state="")
            return
        if not found and not self._new:
            self._say_limits(changed=bool(limits))
            return
        text = translated("Add") if self._new else translated("Apply")
        self.bar.say(text, enabled=False, state=translated("Checking\N{HORIZONTAL ELLIPSIS}"))
        self.check.ask(draft, new=self._new)

    def _say_limits(self, *, changed: bool) -> None:
        self.bar.say(translated(EFFECTS["now" if changed else "nothing"]), enabled=changed)

    def _judged(self, verdict: Verdict) -> None:
        problems = self.form.mark(verdict.findings)
        self.bar.show_problems(problems)
        change = verdict.change
        if verdict.findings:
            self.bar.say(translated("Add") if self._new else translated("Apply"), enabled=False)
            self.preview.show_draft(None, None)
        elif self._new and not verdict.refusal:
            self.bar.say(translated("Add"), enabled=True)
        elif change is None:
            self.bar.say(translated("Can't be applied"), enabled=False, state=verdict.refusal, tone=Tone.WARNING)
        else:
            self.bar.say(translated(EFFECTS.get(change.effect, "Apply")), enabled=change.effect != "nothing")

    def _jump(self, place: str) -> None:
        self.show_page(FORM)
        self.form.jump(place)

    def _show_version(self, instance: StrategyInstance) -> None:
        self.show_page(FORM if self.width() < _WIDE else VERSIONS)
        self.form.fill(instance)

    # putting in force

    def apply(self, *, start: bool = False) -> None:
        """Put what is typed in force; the button says beforehand what that does."""
        draft = self._draft
        if draft is None or self._base is None or not self.bar.apply.isEnabled():
            return
        self.bar.say(self.bar.apply.text(), enabled=False, state=translated("Under way\N{HORIZONTAL ELLIPSIS}"))
        note = self.bar.note.text().strip()
        if self._new:
            self._desk.runner.run(
                translated("Add {0}").format(draft.name),
                partial(self._create, draft, note),
                done=partial(self._created, start=start),
                failed=self._refused,
            )
        else:
            self._desk.runner.run(
                translated("Change {0}").format(draft.name),
                partial(self._put_in_force, draft, note),
                done=partial(self._applied, draft.name),
                failed=self._refused,
            )

    async def _create(self, draft: StrategyInstance, note: str) -> StrategyStatus:
        limits = self.form.chosen_limits()
        made = await self._desk.managers.strategies.editing.create(draft, source=SOURCE, note=note)
        if limits is not None:
            await self._desk.managers.totals.set_limits(limits, source=SOURCE, scope=f"strategy:{made.instance.name}")
        return made

    async def _put_in_force(self, draft: StrategyInstance, note: str) -> Change | None:
        limits = self.form.chosen_limits()
        change = None
        if draft != self._base:
            change = await self._desk.managers.strategies.editing.apply(draft, source=SOURCE, note=note)
        if limits is not None:
            await self._desk.managers.totals.set_limits(limits, source=SOURCE, scope=f"strategy:{draft.name}")
        return change

    def _created(self, made: StrategyStatus, *, start: bool) -> None:
        name = made.instance.name
        self._desk.notices.inform(translated("{0} is added").format(name))
        self.leave()
        if start:
            self.start_wanted.emit(name)

    def _applied(self, name: str, change: Change | None) -> None:
        effect = "now" if change is None else change.effect
        text = {
            "next bar": translated("{0} takes the new values at its next bar"),
            "swap": translated("A fresh worker of {0} takes over at the next bar"),
        }.get(effect, translated("The new values of {0} are in force"))
        self._desk.notices.inform(text.format(name))
        self.leave()

    def _refused(self, error: AresError) -> bool:
        if not isinstance(error, UsageError):
            self._edited()
            return False
        problems = self.form.mark(error.findings)
        self.bar.show_problems(problems)
        self.bar.say(translated("Add") if self._new else translated("Apply"), enabled=False)
        return True

    def _restored(self, change: Change) -> None:
        del change
        if self._base is not None:
            self._desk.notices.inform(translated("The version of {0} is restored").format(self._base.name))

    # what others do meanwhile

    def _status_changed(self, status: StrategyStatus) -> None:
        base = self._base
        if base is None or self._new or status.instance.name != base.name:
            return
        if [one for one in difference(base, status.instance) if one.place not in ("active", "paused")]:
            self._begin_again(status.instance)
            self.versions.refresh()
        elif base != status.instance:
            # Whether it runs decides what applying does.
            self._base = status.instance
            self.form.rebase(status.instance)
            self._edited()

    def _begin_again(self, base: StrategyInstance) -> None:
        """Tell what is typed against another version in force, and keep it where it differed from the old one."""
        typed = self.form.draft()
        old = self._base
        self._base = None
        self.form.show_instance(base, self._entry, new=False, fold=False)
        self._base = base
        if typed is not None and old is not None:
            kept = {one.place for one in difference(old, typed)}
            self.form.fill_places(typed, kept)
        self._edited()

    def _removed(self, instance: StrategyInstance) -> None:
        if self._base is not None and not self._new and instance.name == self._base.name:
            self.leave()

    # TOML

    def choose_export(self) -> None:
        """Let the person choose a file for this instance's configuration."""
        if self._base is not None:
            dialog = self._dialog(translated("Export as TOML"), QFileDialog.FileMode.AnyFile)
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("toml")
            dialog.selectFile(f"{self._base.name}.toml")
            dialog.fileSelected.connect(partial(self.export, self._base.name))
            dialog.open()

    def choose_import(self) -> None:
        """Let the person choose a file of configurations."""
        dialog = self._dialog(translated("Import instances from TOML"), QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.import_file)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("TOML (*.toml)")
        dialog.setFileMode(mode)
        return dialog

    def export(self, name: str, file: str) -> None:
        """Write an instance's configuration to a file."""
        text = self._desk.managers.strategies.editing.export_text((name,))
        self._desk.runner.run(
            translated("Export {0}").format(name),
            partial(asyncio.to_thread, Path(file).write_text, text, encoding="utf-8"),
            done=lambda _: self._desk.notices.inform(translated("{0} is written").format(Path(file).name)),
        )

    def import_file(self, file: str) -> None:
        """Add the instances of a file, all of them or none."""
        self._desk.runner.run(
            translated("Import {0}").format(Path(file).name),
            partial(self._import, Path(file)),
            done=lambda names: self._desk.notices.inform(translated("{0} is added").format(", ".join(names))),
        )

    async def _import(self, file: Path) -> tuple[str, ...]:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        return tuple(await self._desk.managers.strategies.editing.import_text(text, source=SOURCE))
