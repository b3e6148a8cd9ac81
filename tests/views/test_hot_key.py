"""The hot key is heard while another program's window has the focus; where a platform has none, that is said."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from ares_desktop.views.hot_key import HotKey
from ares_desktop.views.x11_keys import KeyGrabError, Keys, parse_keys

WITHIN_S = 60

LISTENER = """
import subprocess, sys
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from ares_desktop.views.hot_key import HotKey

app = QApplication([])
owner = QObject()
first, second = HotKey(owner), HotKey(owner)
first.listen("Ctrl+Alt+Shift+K")
second.listen("Ctrl+Alt+Shift+K")
print("first:", first.problem, "second:", second.problem)
other = subprocess.Popen([sys.executable, "-c", "from PySide6.QtWidgets import QApplication, QLineEdit\\n"
    "app = QApplication([]); box = QLineEdit(); box.setWindowTitle('another'); box.show(); app.exec()"])
heard = []
first.pressed.connect(lambda: heard.append(1))

def press():
    found = subprocess.run(["xdotool", "search", "--name", "another"], capture_output=True, text=True).stdout.split()
    if not found:
        QTimer.singleShot(100, press)
        return
    subprocess.run(["xdotool", "windowfocus", "--sync", found[0]])
    focused = subprocess.run(["xdotool", "getwindowfocus"], capture_output=True, text=True).stdout.strip()
    print("focused:", focused in found)
    subprocess.run(["xdotool", "key", "ctrl+alt+shift+k"])
    QTimer.singleShot(100, finish)

def finish():
    if not heard:
        QTimer.singleShot(100, finish)
        return
    print("heard:", len(heard))
    other.kill()
    other.wait()
    first.close()
    second.close()
    app.quit()

QTimer.singleShot(0, press)
app.exec()
"""


@pytest.mark.scenario
def test_it_is_heard_while_another_window_has_the_focus(tmp_path: Path) -> None:
    if shutil.which("xvfb-run") is None or shutil.which("xdotool") is None:
        pytest.skip("needs xvfb-run and xdotool")
    script = tmp_path / "listener.py"
    script.write_text(LISTENER)
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, str(script)],
        env={**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert "first:  second: another program holds the key" in done.stdout, done.stderr
    assert "focused: True" in done.stdout
    assert "heard: 1" in done.stdout


@pytest.mark.usefixtures("qapp")
def test_a_platform_without_hot_keys_is_named() -> None:
    owner = QObject()
    hot_key = HotKey(owner)
    hot_key.listen("Ctrl+Alt+Shift+K")
    assert "only X11" in hot_key.problem
    hot_key.listen("")
    assert "no hot key" in hot_key.problem
    hot_key.close()


def test_keys_are_read_as_people_write_them() -> None:
    assert parse_keys("Ctrl+Alt+Shift+K") == Keys(ord("k"), 13)
    assert parse_keys(" meta + F12 ") == Keys(0xFFC9, 64)


@pytest.mark.parametrize("text", ["K", "Ctrl+", "Ctrl+Ä", "Hyper+K", "Ctrl+F25"])
def test_what_is_no_hot_key_is_refused(text: str) -> None:
    with pytest.raises(KeyGrabError, match="is no hot key"):
        parse_keys(text)
