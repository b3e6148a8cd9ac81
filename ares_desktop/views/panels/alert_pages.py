"""The further pages of alerts: history, channels, and what people are told when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import ChannelName, ChannelState, ChannelStatus
from ares_desktop.domain.errors import UsageError
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.alert_columns import channel_columns, moment_columns
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.field_grid import FieldGrid
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_SECRETS: Final = ("email.password", "telegram.token", "webhook.url", "webhook.key", "apprise.urls")
_SHORT: Final = {"quiet_from", "quiet_to", "quiet_zone", "telegram_chat"}


class HistoryPage(ResultPage):
    """Everything that happened to alerts, newest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        alerts = desk.managers.alerts
        self.model = RecordTableModel(moment_columns(), key=lambda moment: moment.number, limit=5000, parent=self)
        self.model.reset(alerts.history())
        self.table = RecordTable(
            desk,
            self.model,
            "alert_history",
            empty=translated("Nothing has happened yet."),
            sort=("number", Qt.SortOrder.DescendingOrder),
            units=("{0} line", "{0} lines"),
        )
        self.column.addWidget(self.table)
        self._updates = Coalescer(self.model.upsert, key=lambda one: one.number, hz=desk.refresh_hz, parent=self)
        alerts.happened.connect(self._updates.push)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - there is but one
        """Nothing changes with the page in sight."""


class ChannelsPage(ResultPage):
    """How each channel does, with a test."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._alerts = desk.managers.alerts
        self.model = RecordTableModel(channel_columns(), key=lambda status: status.name, parent=self)
        self.model.reset(self._alerts.channels())
        self.table = RecordTable(
            desk, self.model, "alert_channels", empty=translated("No channels."), units=("{0} channel", "{0} channels")
        )
        self.test = push_button(
            translated("Send a test"),
            self.send_test,
            tooltip=translated("By the selected channels, or by all that are on"),
        )
        self.table.add_tool(self.test)
        self.column.addWidget(self.table)
        self._updates = Coalescer(self.model.upsert, key=lambda one: one.name, hz=desk.refresh_hz, parent=self)
        self._alerts.channel_changed.connect(self._updates.push)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - there is but one
        """Show the newest states."""
        del result
        self.model.upsert(self._alerts.channels())

    def send_test(self) -> None:
        """Send a test by the selected channels, or by all that are on."""
        chosen: list[ChannelStatus] = self.table.selected() or [
            status for status in self.model.records() if status.state is not ChannelState.OFF
        ]
        if not chosen:
            self._desk.notices.warn(
                translated("Every channel is off"), translated("Set one up under Rules and channels.")
            )
        for status in chosen:
            self._test(status.name)

    def _test(self, name: ChannelName) -> None:
        self._desk.runner.read(
            translated("Send a test by {0}").format(name.value),
            lambda: self._alerts.test(name.value),
            done=lambda _: self._desk.notices.inform(translated("The test was delivered by {0}").format(name.value)),
        )


class RulesPage(ResultPage):
    """Rules, quiet hours and channels, edited in place and put in force as a whole."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._alerts = desk.managers.alerts
        self.fields = FieldGrid()
        self.fields.setContentsMargins(10, 8, 10, 8)
        self._editors: dict[str, QWidget] = {}
        self._build()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.fields)
        self.column.addWidget(area)
        self._alerts.settings_changed.connect(lambda _: self.show_result(None))
        self.show_result(None)

    def _build(self) -> None:
        infos = AlertSettings.model_fields
        for name, info in infos.items():
            editor = _editor(name, info)
            self._editors[name] = editor
            width = 150 if name in _SHORT or not isinstance(editor, QLineEdit | QPlainTextEdit) else 0
            self.fields.add(name, info.title or name, editor, hint=info.description or "", width=width)
        self.fields.add_whole(self._buttons())
        self.secret = QComboBox()
        self.secret.addItems(list(_SECRETS))
        self.secret_value = QLineEdit()
        self.secret_value.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret_value.setPlaceholderText(translated("empty forgets it"))
        self.fields.add("secret", translated("Secret"), self.secret, hint=translated("Kept in the keyring."), width=150)
        self.fields.add("secret_value", translated("Its value"), self.secret_value)
        keep = push_button(translated("Keep the secret"), self.keep_secret)
        self.fields.add_whole(_left(keep))

    def _buttons(self) -> QWidget:
        apply = push_button(translated("Apply"), self.apply, role="primary")
        back = push_button(translated("Undo changes"), lambda: self.show_result(None))
        return _left(apply, back)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - there is but one
        """Show the settings in force."""
        del result
        for name, value in self._alerts.settings.model_dump().items():
            _show(self._editors[name], value)
            self.fields.mark(name, "")

    def apply(self) -> None:
        """Put everything in force, or nothing: what is wrong is said beside its field."""
        old = self._alerts.settings.model_dump()
        values = {name: _value(editor) for name, editor in self._editors.items()}
        changes = {f"alerts.{name}": value for name, value in values.items() if _plain(value) != _plain(old[name])}
        for name in self._editors:
            self.fields.mark(name, "")
        if not changes:
            return

        async def change() -> None:
            self._alerts.change_settings(changes)

        self._desk.runner.run(translated("Change how alerts are told"), change, failed=self._refused, arguments=changes)

    def _refused(self, error: Exception) -> bool:
        if not isinstance(error, UsageError):
            return False
        known = False
        for finding in error.findings:
            name = next((name for name in self._editors if f"alerts.{name}" in finding.place), "")
            if name:
                self.fields.mark(name, finding.problem)
                known = True
        return known

    def keep_secret(self) -> None:
        """Keep a secret where the machine keeps secrets; it is shown nowhere again."""
        desk, name, value = self._alerts.secrets, self.secret.currentText(), self.secret_value.text()
        self.secret_value.clear()
        if desk is None:
            return

        async def keep() -> str:
            await desk.put_secret(name, value)
            return await desk.place()

        self._desk.runner.run(
            translated("Keep the secret {0}").format(name), keep, done=lambda place: self._kept(name, place)
        )

    def _kept(self, name: str, place: str) -> None:
        self._alerts.restart_channels()
        self._desk.notices.inform(translated("{0} is kept").format(name), place)


def _left(*widgets: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 4, 0, 8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return made


def _editor(name: str, info: Any) -> QWidget:  # noqa: ANN401 - pydantic's description of a field
    kind = info.annotation
    if name in {"rules", "email_to"}:
        lines = QPlainTextEdit()
        lines.setFixedHeight(96 if name == "rules" else 52)
        lines.setTabChangesFocus(True)
        return lines
    if kind is bool:
        return QCheckBox()
    if kind is int or name in {"repeat_minutes", "timeout_s"}:
        box = QSpinBox()
        box.setRange(0, 65_535)
        return box
    if name == "smtp_security":
        choice = QComboBox()
        choice.addItems(["starttls", "tls", "none"])
        return choice
    return QLineEdit()


def _show(editor: QWidget, value: object) -> None:
    if isinstance(editor, QPlainTextEdit):
        editor.setPlainText("\n".join(str(line) for line in value) if isinstance(value, tuple | list) else "")
    elif isinstance(editor, QCheckBox):
        editor.setChecked(bool(value))
    elif isinstance(editor, QSpinBox):
        editor.setValue(int(float(str(value))))
    elif isinstance(editor, QComboBox):
        editor.setCurrentText(str(value))
    elif isinstance(editor, QLineEdit):
        editor.setText(str(value))


def _value(editor: QWidget) -> object:
    if isinstance(editor, QPlainTextEdit):
        return tuple(line.strip() for line in editor.toPlainText().splitlines() if line.strip())
    if isinstance(editor, QCheckBox):
        return editor.isChecked()
    if isinstance(editor, QSpinBox):
        return editor.value()
    if isinstance(editor, QComboBox):
        return editor.currentText()
    return editor.text().strip() if isinstance(editor, QLineEdit) else ""


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
