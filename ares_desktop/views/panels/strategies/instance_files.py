"""Configurations of instances as TOML files."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class InstanceFiles:
    """Writes an instance to a file, and adds the instances of one; dialogs belong to ``owner``."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        self._desk = desk
        self._owner = owner

    def choose_export(self, name: str) -> None:
        """Let the person choose a file for an instance's configuration."""
        dialog = self._dialog(translated("Export as TOML"), QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(f"{name}.toml")
        dialog.fileSelected.connect(partial(self.export, name))
        dialog.open()

    def choose_import(self) -> None:
        """Let the person choose a file of configurations."""
        dialog = self._dialog(translated("Import instances from TOML"), QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.import_file)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._owner, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("TOML (*.toml)")
        dialog.setFileMode(mode)
        return dialog

    def export(self, name: str, file: str) -> None:
        """Write an instance's configuration to a file."""
        text = self._desk.managers.strategies.editing.export_text((name,))
        self._desk.runner.read(
            translated("Export {0}").format(name),
            partial(asyncio.to_thread, Path(file).write_text, text, encoding="utf-8"),
            done=lambda _: self._desk.notices.inform(translated("{0} is written").format(Path(file).name)),
        )

    def import_file(self, file: str) -> None:
        """Add the instances of a file, all of them or none."""
        self._desk.runner.run(
            translated("Import {0}").format(Path(file).name),
            partial(self._import, Path(file)),
            arguments={"file": file},
            done=lambda names: self._desk.notices.inform(translated("{0} is added").format(", ".join(names))),
        )

    async def _import(self, file: Path) -> tuple[str, ...]:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        return tuple(await self._desk.managers.strategies.editing.import_text(text, source=SOURCE))
