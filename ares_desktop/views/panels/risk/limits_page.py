"""Limits in force and how much of each is used."""

from __future__ import annotations

from ares_desktop.views.panels.risk.page import RiskPage


class LimitsPage(RiskPage):
    """Each limit of a scope with its use."""
