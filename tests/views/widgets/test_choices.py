"""Choosing one of a few and some of many."""

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.choices import CheckMenuButton, ChoiceButtons


def test_one_button_is_pressed_and_says_so(qtbot: QtBot) -> None:
    choice = ChoiceButtons("Period", (("a", "A", ""), ("b", "B", "the second")), "a")
    qtbot.addWidget(choice)
    chosen: list[str] = []
    choice.chosen.connect(chosen.append)
    choice._buttons["b"].click()
    assert (choice.current, chosen) == ("b", ["b"])
    choice.choose("a")
    assert (choice.current, chosen) == ("a", ["b"])


def test_a_pressed_button_takes_the_keyboard_from_its_neighbor(qtbot: QtBot) -> None:
    choice = ChoiceButtons("Period", (("a", "A", ""), ("b", "B", "")), "a")
    qtbot.addWidget(choice)
    with qtbot.waitActive(choice):
        choice.show()
        choice.activateWindow()
    choice.focus_chosen()
    assert choice._buttons["a"].hasFocus()
    choice._buttons["b"].click()
    assert choice._buttons["b"].hasFocus()


def test_the_menu_checks_names_and_the_button_counts_them(qtbot: QtBot, theme: Theme) -> None:
    button = CheckMenuButton("Curves", "", theme, lambda _: "#123456")
    qtbot.addWidget(button)
    assert button.add_name("a", "Account")
    assert not button.add_name("a")
    button.add_name("b", checked=False)
    assert button.text() == "Curves 1/2"
    button.show()
    button.click()
    menu = button.findChild(QMenu)
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Account", "b", "", "All", "None"]
    with qtbot.waitSignal(button.changed):
        menu.actions()[1].trigger()
    assert button.checked() == ("a", "b")
    assert button.text() == "Curves"
    menu.close()
