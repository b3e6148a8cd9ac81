"""The feed's state, and play, pause and speed where it is a replay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ares_desktop.domain.market import FeedState, FeedStatus
from ares_desktop.views.formats import percent, translated, word
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton
from ares_desktop.views.widgets.pill import Pill

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

SPEEDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 2000.0, 0.0)
"""Events a second; zero is as fast as possible."""

_LOOKS: Final = {
    FeedState.CONNECTING: (Tone.WARNING, "ring"),
    FeedState.RUNNING: (Tone.POSITIVE, "play"),
    FeedState.PAUSED: (Tone.WARNING, "pause"),
    FeedState.ENDED: (Tone.MUTED, "check"),
    FeedState.FAILED: (Tone.NEGATIVE, "error"),
    FeedState.STOPPED: (Tone.MUTED, "stop"),
}


def speed_text(speed: float) -> str:
    """Return a speed: ``20/s``, or the word for as fast as possible."""
    return translated("max") if speed == 0 else translated("{0}/s").format(f"{speed:,g}")


class FeedControl(QWidget):
    """What plays, how far it is, and how fast."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._status = desk.managers.data.feed()
        self.pill = Pill(desk.theme, translated("Feed"))
        self.toggle = IconButton(
            desk.theme, "pause", translated("Pause or resume the replay (Ctrl+Space)"), tone=Tone.NORMAL
        )
        self.toggle.clicked.connect(self.toggle_playing)
        self.speed = QComboBox()
        self.speed.setAccessibleName(translated("Replay speed"))
        self.speed.setToolTip(translated("Events a second"))
        for value in SPEEDS:
            self.speed.addItem(speed_text(value), value)
        self.speed.activated.connect(self._choose_speed)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setFixedHeight(3)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.pill, self.toggle, self.speed):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 3)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.progress)
        desk.managers.data.feed_changed.connect(self.show_feed)
        self.show_feed(self._status)

    def show_feed(self, status: FeedStatus) -> None:
        """Show the feed's state."""
        self._status = status
        tone, icon = _LOOKS[status.state]
        self.pill.show_state(f"{status.name} {word(status.state).lower()}", tone, icon, status.detail)
        playing = status.state is FeedState.RUNNING
        can_pause = status.speed is not None and status.state in {FeedState.RUNNING, FeedState.PAUSED}
        self.toggle.set_icon("pause" if playing else "play")
        self.toggle.setEnabled(can_pause)
        self.toggle.setVisible(status.speed is not None)
        self.speed.setVisible(status.speed is not None)
        if status.speed is not None and not self.speed.view().isVisible():
            self._show_speed(status.speed)
        self.progress.setVisible(status.progress is not None)
        if status.progress is not None:
            self.progress.setValue(round(status.progress * 1000))
            self.progress.setToolTip(percent(status.progress, 1))

    def _show_speed(self, speed: float) -> None:
        place = self.speed.findData(speed)
        if place < 0:
            self.speed.addItem(speed_text(speed), speed)
            place = self.speed.count() - 1
        self.speed.setCurrentIndex(place)

    def _choose_speed(self) -> None:
        self._desk.managers.data.set_speed(self.speed.currentData())

    def step_speed(self, steps: int) -> None:
        """Play faster by so many steps, or slower by a negative number of them."""
        if self._status.speed is None:
            return
        ladder = sorted({*SPEEDS, self._status.speed}, key=lambda speed: speed or math.inf)
        place = ladder.index(self._status.speed) + steps
        self._desk.managers.data.set_speed(ladder[max(0, min(place, len(ladder) - 1))])

    def toggle_playing(self) -> None:
        """Pause a running replay, or go on with a paused one."""
        if self._status.state is FeedState.RUNNING:
            self._desk.managers.data.pause()
        elif self._status.state is FeedState.PAUSED:
            self._desk.managers.data.resume()
