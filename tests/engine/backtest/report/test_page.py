"""A backtest as a page: whole, harmless, complete and small."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from ares_desktop.api import Strategy
from ares_desktop.api.series import Bars
from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, RunFinding
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import Bar
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.backtest.report.page import render
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import ACME, a_spec, an_instance, bars, run, wander

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})


class Turns(Strategy):
    """Long and short by turns."""

    def on_start(self) -> None:
        self.seen = 0

    def on_bar(self, bar: Bar) -> None:
        self.seen += 1
        if self.seen % 7 == 0:
            self.context.target(bar.instrument, 10 if self.seen % 14 else -10, reason=EVIL)


class Idle(Strategy):
    """Never trades."""


class Page(HTMLParser):
    """What a browser would see: the open tags, where each text stands, and whether all tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def a_run(**fields: Any) -> Run:
    values: dict[str, Any] = {
        "id": "b1",
        "kind": RunKind.BACKTEST,
        "state": RunState.DONE,
        "title": "Turns on ACME",
        "strategies": ("alpha",),
        "data": ("here",),
        "created_at": datetime(2026, 3, 3, tzinfo=UTC),
    }
    return Run(**{**values, **fields})


def columns(series: Series) -> Bars:
    names = ("open", "high", "low", "close", "volume")
    start, end = (np.asarray(series.columns[name], np.int64) for name in ("start", "end"))
    return Bars(series.instrument.id, start, end, *(np.asarray(series.columns[name], np.float64) for name in names))


def written(
    kind: type[Strategy] = Turns, count: int = 400, **fields: Any
) -> tuple[str, BacktestOutcome, BacktestReport]:
    series = bars(wander(count), spread=0.1)
    outcome = run(kind, series)
    report = make_report(outcome, [series])
    return render(a_run(**fields), outcome, report, bars={ACME.id: columns(series)}), outcome, report


def test_the_page_is_well_formed_and_shows_every_part() -> None:
    html, outcome, report = written()
    page = Page(html)
    assert page.open == []
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert page.count("svg") == page.count("desc") >= 6
    assert page.count("polygon") > 0
    assert report.figures.equity_sha256 in page.text
    assert f"All {len(report.trips)} trades." in page.text
    assert f"{report.figures.final_equity:,.2f}" in page.text
    assert str(outcome.spec.seed) in page.text
    headings = {attributes.get("id") for name, attributes in page.tags if name == "section"}
    links = {str(attributes.get("href"))[1:] for name, attributes in page.tags if name == "a"}
    assert headings == links


def test_nothing_is_loaded_from_anywhere_and_nothing_can_run() -> None:
    page = Page(written(notes=EVIL, title=EVIL, tags=(EVIL,))[0])
    names = {name for name, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for name, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on")], name
        assert not {"src", "srcset", "style", "xlink:href"} & attributes.keys(), name
        assert str(attributes.get("href", "#")).startswith("#")
    policy = next(values for _, values in page.tags if values.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'")


def test_no_style_reaches_for_the_network() -> None:
    style = re.search(r"<style>(.*?)</style>", written()[0], re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_every_name_and_note_is_shown_as_it_was_written() -> None:
    series = bars(wander(200))
    name = StrategyId(EVIL)
    spec = a_spec(an_instance(EVIL), data=(EVIL,), title=EVIL)
    outcome = run_backtest(spec, [series], {name: Turns})
    outcome = replace(outcome, spec=replace(spec, strategies=(an_instance(EVIL, parameters={EVIL: EVIL}),)))
    finding = RunFinding(check=EVIL, severity=Severity.CRITICAL, title=EVIL, detail=EVIL, remedy=EVIL)
    report = replace(make_report(outcome, [series]), findings=(finding,))
    html = render(a_run(title=EVIL, notes=EVIL, tags=(EVIL,)), outcome, report, bars={ACME.id: columns(series)})
    page = Page(html)
    assert page.open == []
    assert page.count("script") == page.count("img") == 0
    assert page.text.count(EVIL) >= 9


def test_findings_stand_at_the_top_the_worst_first_each_with_its_remedy() -> None:
    series = bars(wander(100))
    outcome = run(Turns, series)
    found = tuple(
        RunFinding(
            check=level.value, severity=level, title=f"title {level.value}", detail="why", remedy=f"do {level.value}"
        )
        for level in (Severity.INFO, Severity.CRITICAL, Severity.WARNING)
    )
    text = Page(render(a_run(), outcome, replace(make_report(outcome, [series]), findings=found))).text
    places = [text.index(f"title {level}") for level in ("critical", "warning", "info")]
    assert places == sorted(places)
    assert places[-1] < text.index("Final equity")
    assert "do critical" in text


def test_a_run_without_a_trade_shows_dashes_instead_of_zeros() -> None:
    html, outcome, report = written(Idle)
    page = Page(html)
    assert page.open == []
    assert report.figures.win_rate is None
    assert "Win rate \N{EN DASH}" in page.text
    assert "Nothing was traded" in page.text
    assert outcome.fills == ()


def test_a_run_of_one_event_is_still_a_page() -> None:
    html = written(count=1)[0]
    assert Page(html).open == []


def test_the_folder_of_a_person_is_not_passed_on() -> None:
    series = bars(wander(60))
    spec = a_spec(an_instance(file="/home/somebody/secret/alpha.py"), data=("/home/somebody/secret/prices.csv",))
    outcome = run_backtest(spec, [series], {StrategyId("alpha"): Turns})
    html = render(a_run(), outcome, make_report(outcome, [series]))
    assert "somebody" not in html
    assert "alpha.py" in html
    assert "prices.csv" in html


@pytest.mark.parametrize("points", [1_000_000])
def test_a_million_points_stay_a_small_file_and_keep_their_deepest_fall(points: int) -> None:
    outcome = run(Turns, bars(wander(300)))
    report = make_report(outcome, [bars(wander(300))])
    equity = 1e6 + np.cumsum(np.random.default_rng(3).normal(0, 10, points))
    equity[700_001] = 1.0
    fall = equity / np.maximum.accumulate(equity) - 1
    ts = outcome.curve.ts[0] + np.arange(points, dtype=np.int64) * 60_000_000_000
    curve = EquityCurve(book="all", ts=ts, equity=equity, drawdown=fall, twr=equity / 1e6 - 1)
    long = Bars(ACME.id, ts - 60_000_000_000, ts, equity, equity, equity, equity, equity)
    html = render(a_run(), replace(outcome, curve=curve, books=(curve, curve)), report, bars={ACME.id: long})
    assert len(html) < 1_000_000
    assert f"between {1.0:,.6g} and" in html


def test_a_position_that_is_still_open_is_said_to_be_open() -> None:
    class Holds(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if not self.context.position(bar.instrument).quantity:
                self.context.buy(bar.instrument, Decimal(5))

    assert "still open" in Page(written(Holds)[0]).text
