"""Design tokens: every color and measure of the window, once for the dark and once for the light theme."""

from enum import Enum
from typing import Final

import msgspec


class Tone(Enum):
    """What a color says; the theme decides how it looks."""

    NORMAL = "text"
    MUTED = "muted"
    FAINT = "faint"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    WARNING = "warning"
    DANGER = "danger"
    ACCENT = "accent"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Colors of one theme as ``#rrggbb``.

    Attributes:
        window, surface, raised, hover: backgrounds from the back to the front.
        field: background of what is typed into.
        border, border_strong: separators and outlines of controls.
        text, muted, faint: from what is read to what may be overlooked.
        selection, row_fault, row_warning: backgrounds of table rows.
        on_accent: text on a surface of the accent or danger color.
    """

    name: str
    window: str
    surface: str
    raised: str
    hover: str
    field: str
    border: str
    border_strong: str
    grid: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    on_accent: str
    positive: str
    positive_soft: str
    negative: str
    negative_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_hover: str
    selection: str
    row_fault: str
    row_warning: str
    shadow: str

    def color(self, tone: Tone) -> str:
        """Return the color of ``tone``."""
        color: str = getattr(self, tone.value)
        return color


DARK: Final = Tokens(
    name="dark",
    window="#0c0f14",
    surface="#13171e",
    raised="#1a2029",
    hover="#212936",
    field="#0c0f14",
    border="#222936",
    border_strong="#36404f",
    grid="#1a202a",
    text="#d9dfe8",
    muted="#8d98a9",
    faint="#566072",
    accent="#5b9cff",
    accent_soft="#17294a",
    on_accent="#ffffff",
    positive="#3fbf92",
    positive_soft="#11302a",
    negative="#f2707a",
    negative_soft="#3a1b22",
    warning="#e3ae4a",
    warning_soft="#372b14",
    danger="#d63a45",
    danger_hover="#e5505a",
    selection="#1c3153",
    row_fault="#2c171d",
    row_warning="#2a2214",
    shadow="#05070a",
)

LIGHT: Final = Tokens(
    name="light",
    window="#e9ecf1",
    surface="#ffffff",
    raised="#f3f5f8",
    hover="#e8edf4",
    field="#fbfcfe",
    border="#d7dde6",
    border_strong="#b9c2cf",
    grid="#eef1f5",
    text="#18202c",
    muted="#5a6575",
    faint="#98a2b1",
    accent="#1f5fd6",
    accent_soft="#dfeafd",
    on_accent="#ffffff",
    positive="#08744f",
    positive_soft="#d8f1e6",
    negative="#be2632",
    negative_soft="#fbe0e2",
    warning="#8a5a00",
    warning_soft="#fbeecf",
    danger="#c8222e",
    danger_hover="#a91a25",
    selection="#d6e5fc",
    row_fault="#fdeced",
    row_warning="#fdf5e1",
    shadow="#aab3c0",
)

THEMES: Final = {tokens.name: tokens for tokens in (DARK, LIGHT)}

ROW_HEIGHT: Final = 24
"""Of a table row, in device-independent pixels; all other distances are multiples of 4."""
FONT_PX: Final = 13
SMALL_FONT_PX: Final = 12
