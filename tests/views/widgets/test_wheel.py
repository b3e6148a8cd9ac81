"""The wheel scrolls a page; it changes no order, limit or setting on its way."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from ares_desktop.views.widgets.field_grid import FieldGrid


def test_the_wheel_over_a_form_changes_no_number(qtbot: QtBot) -> None:
    form, box = FieldGrid(), QSpinBox()
    box.setValue(10)
    form.add("notes", "Notes a minute", box, width=150)
    qtbot.addWidget(form)
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003 - Qt takes no name here
    )
    QApplication.sendEvent(box, event)
    assert box.value() == 10
    assert not box.focusPolicy() & Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus
