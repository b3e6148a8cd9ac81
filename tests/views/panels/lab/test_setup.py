"""The form that sets a run up."""

from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from ares_desktop.domain.backtests import BacktestSpec, RankBy
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.searches import Constraint, ParameterRange, SearchMethod, SearchSpec
from ares_desktop.domain.simulation import LimitPolicy, MarketPolicy, stressed
from ares_desktop.views.async_action import ActionRunner
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.setup_form import SetupForm
from ares_desktop.views.panels.lab.setup_memory import keep_setup, kept_setup
from tests.views.fakes import Fakes
from tests.views.records import TREND_PARAMETERS, an_entry, changed


@pytest.fixture
def form(desk: Desk, fakes: Fakes, qtbot: QtBot) -> SetupForm:
    """A form over two strategy files."""
    searched = (changed(TREND_PARAMETERS[0], search=(5.0, 50.0, 5.0)), *TREND_PARAMETERS[1:])
    fakes.strategies.entries = [an_entry(parameters=searched), an_entry("cnr")]
    made = SetupForm(desk)
    qtbot.addWidget(made)
    made.resize(380, 900)
    made.show()
    return made


def field(form: SetupForm, name: str) -> QLineEdit:
    editor = form.strategies.cards[0].form.editors[name]
    assert isinstance(editor, QLineEdit)
    return editor


def retype(line: QLineEdit, typed: str) -> None:
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, typed)


def asked(form: SetupForm, qtbot: QtBot) -> BacktestSpec:
    with qtbot.waitSignal(form.backtest_asked) as signal:
        QTest.mouseClick(form.run, Qt.MouseButton.LeftButton)
    spec = signal.args[0] if signal.args else None
    assert isinstance(spec, BacktestSpec)
    return spec


def test_what_is_typed_becomes_a_specification(form: SetupForm, qtbot: QtBot) -> None:
    retype(field(form, "fast"), "12")
    form.strategies.cards[0].instruments.setText("AAPL.SIM, MSFT.SIM")
    QTest.keyClicks(form.data.line, "SPY")
    QTest.keyClick(form.data.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.data.line.text() == "")
    QTest.keyClicks(form.data.line, "sample:AAPL")
    retype(form.period.start, "2015-01-01")
    retype(form.period.end, "2016-06-30")
    retype(form.account.cash, "250,000.50")
    retype(form.account.seed, "7")
    retype(form.title, "First")

    spec = asked(form, qtbot)

    (instance,) = spec.strategies
    assert (instance.name, instance.file, instance.weight) == ("smag7", "/strategies/smag7.py", Decimal(1))
    assert instance.parameters["fast"] == 12
    assert instance.parameters["slow"] == 30
    assert instance.instruments == ("AAPL.SIM", "MSFT.SIM")
    assert instance.account == spec.simulation.account == "BACKTEST"
    assert spec.data == ("SPY", "sample:AAPL")
    assert spec.start == datetime(2015, 1, 1, tzinfo=UTC)
    assert spec.end == datetime(2016, 6, 30, 23, 59, 59, 999_999, UTC)
    assert spec.simulation.starting_cash == Decimal("250000.50")
    assert (spec.seed, spec.simulation.seed, spec.title) == (7, 7, "First")


def test_everything_wrong_is_said_at_once_beside_its_field_and_nothing_is_started(
    form: SetupForm, qtbot: QtBot
) -> None:
    retype(field(form, "fast"), "1")
    retype(form.period.start, "2016-13-01")
    retype(form.account.cash, "-5")
    retype(form.account.seed, "x")
    with qtbot.assertNotEmitted(form.backtest_asked):
        QTest.mouseClick(form.run, Qt.MouseButton.LeftButton)
    assert form.summary.text() == "5 fields to correct"
    assert form.data_fields.problem("data") == "Choose a symbol or a file, such as sample:AAPL."
    assert form.period.fields.problem("start") == "must be a date such as 2014-03-04, or empty"
    assert form.account.fields.problem("cash") == "must be a positive amount, such as 100,000"
    assert form.account.fields.problem("seed") == "must be a whole number of at least 0"
    assert form.strategies.cards[0].form.problems() == {"fast": "from 2 to 200"}
    assert form.sections["account"].is_open


def test_a_corrected_field_is_not_marked_any_more(form: SetupForm, qtbot: QtBot) -> None:
    form.ask_backtest()
    assert form.data_fields.problem("data")
    form.data.add(["SPY"])
    qtbot.waitUntil(lambda: form.summary.text() == "")
    assert form.data_fields.problem("data") == ""


def test_a_refusal_of_the_engine_lands_at_its_fields(form: SetupForm) -> None:
    def finding(place: str, value: str = "", problem: str = "is refused") -> Finding:
        return Finding(place=place, value=value, problem=problem)

    error = UsageError(
        finding("data", "NOSUCH", "is not known"),
        finding("from"),
        finding("volume share"),
        finding("search fast"),
        finding("purge"),
        finding("weights"),
        finding("parameters.slow"),
    )
    assert form.show_refusal(error)
    assert form.data_fields.problem("data") == "NOSUCH: is not known"
    assert form.period.fields.problem("start") == "is refused"
    assert form.costs.form.editors["volume_share"].property("invalid")
    assert form.search.ranges.rows["fast"].note.text() == "is refused"
    assert form.search.folds.editors["purge"].property("invalid")
    assert form.strategies.cards[0].fields.problem("weight") == "is refused"
    assert field(form, "slow").property("invalid")
    assert form.summary.text() == "7 fields to correct"
    assert not form.show_refusal(UsageError(finding("the moon")))


def test_several_strategies_share_the_cash_and_keep_names_apart(form: SetupForm, qtbot: QtBot) -> None:
    second = form.strategies.add_card()
    third = form.strategies.add_card()
    third.file.setCurrentIndex(third.file.findText("cnr.py"))
    third.file.activated.emit(third.file.currentIndex())
    retype(second.weight, "50")
    form.data.add(["SPY"])
    spec = asked(form, qtbot)
    assert [one.name for one in spec.strategies] == ["smag7", "smag7-2", "cnr"]
    assert [one.weight for one in spec.strategies] == [Decimal("0.333333"), Decimal("0.5"), Decimal("0.333333")]
    form.strategies.drop(third)
    form.strategies.drop(second)
    assert not form.strategies.cards[0].drop.isVisible()


def test_stress_makes_the_costs_worse_without_touching_what_is_shown(form: SetupForm, qtbot: QtBot) -> None:
    form.data.add(["SPY"])
    plain = asked(form, qtbot).simulation
    form.costs.stress.setChecked(True)
    worse = asked(form, qtbot).simulation
    assert worse == stressed(plain)
    assert worse.slippage == 3 * plain.slippage
    assert worse.cost_factor == 2 * plain.cost_factor
    assert (worse.limit_policy, worse.market_policy) == (LimitPolicy.THROUGH, MarketPolicy.WORST)
    assert worse.volume_share == plain.volume_share / 2
    draft = form.draft()
    assert isinstance(draft, BacktestSpec)
    assert draft.simulation == plain


def test_the_unit_of_the_slippage_follows_its_model(form: SetupForm) -> None:
    model = form.costs.form.editors["slippage_model"]
    assert isinstance(model, QComboBox)
    model.setCurrentIndex(model.findData("spread"))
    assert "share of the spread" in form.costs.form.note("slippage")
    model.setCurrentIndex(model.findData("none"))
    assert not form.costs.form.editors["slippage"].isEnabled()


# search


def a_search(form: SetupForm) -> None:
    form.data.add(["SPY"])
    form.ask_search()


def test_ranges_come_from_the_declaration_and_count_live(form: SetupForm) -> None:
    a_search(form)
    rows = form.search.ranges.rows
    assert [line.text() for line in rows["fast"].lines] == ["5", "50", "5"]
    assert [name for name, row in rows.items() if row.on.isChecked()] == ["fast"]
    assert form.search.sets.text() == "10 parameter sets"
    rows["side"].on.setChecked(True)
    rows["confirm"].on.setChecked(True)
    assert form.search.sets.text() == "60 parameter sets"
    retype(rows["fast"].lines[2], "1")
    assert form.search.sets.text() == "276 parameter sets; the coarse grid takes 100 of them, spread evenly"
    form.settle()
    assert form.optimize.text() == "Search 276 sets"


def test_a_search_asks_for_everything_that_is_set(form: SetupForm, qtbot: QtBot) -> None:
    a_search(form)
    form.search.method.choose(SearchMethod.WALK_FORWARD.value)
    form.search._method_chosen()
    objective = form.search.options.editors["objective"]
    assert isinstance(objective, QComboBox)
    objective.setCurrentIndex(objective.findData("calmar"))
    folds = form.search.folds.editors
    for name, typed in (("folds", "4"), ("train_share", "60"), ("purge", "3"), ("embargo", "2")):
        line = folds[name]
        assert isinstance(line, QLineEdit)
        retype(line, typed)
    form.search.constraints.add(Constraint(figure="max_drawdown", at_least=-0.2))
    with qtbot.waitSignal(form.search_asked) as signal:
        QTest.mouseClick(form.optimize, Qt.MouseButton.LeftButton)
    spec = signal.args[0] if signal.args else None
    assert isinstance(spec, SearchSpec)
    assert (spec.method, spec.objective, spec.strategy) == (SearchMethod.WALK_FORWARD, RankBy.CALMAR, "smag7")
    assert (spec.folds, spec.train_share, spec.purge, spec.embargo) == (4, 0.6, 3, 2)
    assert spec.ranges == (ParameterRange(name="fast", kind="int", low=5, high=50, step=5),)
    assert spec.constraints == (Constraint(figure="max_drawdown", at_least=-0.2),)


@pytest.mark.parametrize(
    ("line", "typed", "problem"),
    [
        (0, "1", "Low must be at least 2."),
        (1, "900", "High must be at most 200."),
        (1, "3", "High must not be below low."),
        (2, "0", "The step must be above 0."),
        (2, "1.5", "Low, high and step must be whole numbers."),
    ],
)
def test_a_wrong_range_is_said_below_it(form: SetupForm, qtbot: QtBot, line: int, typed: str, problem: str) -> None:
    a_search(form)
    row = form.search.ranges.rows["fast"]
    retype(row.lines[line], typed)
    assert row.note.text() == problem
    assert form.search.sets.text() == "A range is wrong."
    with qtbot.assertNotEmitted(form.search_asked):
        form.ask_search()


def test_a_search_that_varies_nothing_is_not_started(form: SetupForm, qtbot: QtBot) -> None:
    a_search(form)
    form.search.ranges.rows["fast"].on.setChecked(False)
    with qtbot.assertNotEmitted(form.search_asked):
        form.ask_search()
    assert form.summary.text() == "1 field to correct"


# what is kept and shown again


def test_a_set_up_fills_the_form_and_comes_out_the_same(form: SetupForm) -> None:
    a_search(form)
    form.search.constraints.add(Constraint(figure="trades", at_least=30))
    retype(form.period.end, "2016-06-30")
    before = form.draft()
    assert isinstance(before, SearchSpec)
    form.show_spec(before.backtest)
    assert form.draft() == before.backtest
    form.show_spec(before)
    assert form.draft() == before


def test_a_strategy_that_is_not_in_the_catalog_is_looked_at_first(form: SetupForm) -> None:
    form.data.add(["SPY"])
    spec = form.draft()
    assert isinstance(spec, BacktestSpec)
    parameters = {**spec.strategies[0].parameters, "fast": 17}
    other = changed(spec.strategies[0], file="/home/me/grid.py", name="grid", parameters=parameters)
    form.show_spec(changed(spec, strategies=(other,)))
    assert form.strategies.cards[0].file.currentText() == "grid.py"
    assert field(form, "fast").text() == "17"


def test_ranges_wait_for_a_file_that_is_looked_at_later(form: SetupForm, fakes: Fakes, desk: Desk) -> None:
    a_search(form)
    retype(form.search.ranges.rows["fast"].lines[1], "30")
    spec = form.draft()
    assert isinstance(spec, SearchSpec)
    entries, fakes.strategies.entries = fakes.strategies.entries, []
    later: list[object] = []
    slow = replace(desk, runner=ActionRunner(lambda work, _: later.append(work), desk.notices))
    other = SetupForm(slow)
    other.show_spec(spec)
    assert other.draft() is None
    fakes.strategies.catalog_changed.emit(entries[0])
    other.settle()
    assert [line.text() for line in other.search.ranges.rows["fast"].lines] == ["5", "30", "5"]
    for work in later:
        assert isinstance(work, Coroutine)
        work.close()
    other.deleteLater()


def test_a_fixed_capital_becomes_a_part_of_the_cash(form: SetupForm) -> None:
    form.data.add(["SPY"])
    spec = form.draft()
    assert isinstance(spec, BacktestSpec)
    funded = changed(spec.strategies[0], capital=Decimal(180_000))
    form.show_spec(changed(spec, strategies=(funded,)))
    assert form.strategies.cards[0].weight.text() == "18"


def test_the_set_up_is_kept_and_a_damaged_one_is_ignored(form: SetupForm, desk: Desk) -> None:
    form.data.add(["SPY"])
    spec = form.draft()
    assert spec is not None
    keep_setup(desk.layout, spec, stress=False)
    assert desk.layout.sync()
    assert kept_setup(desk.layout) == spec
    desk.layout.put("lab/backtest", "{")
    assert kept_setup(desk.layout) is None


# data and period


def test_files_are_dropped_onto_the_data(form: SetupForm, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("SPY.csv", "notes.txt", "Q.parquet")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    form.data.dropEvent(event)
    assert [Path(name).name for name in form.data.names] == ["SPY.csv", "Q.parquet"]


def test_a_choice_is_completed_and_a_name_can_be_left_out(form: SetupForm, qtbot: QtBot) -> None:
    form.data.choices.setStringList(["SPY", "sample:AAPL"])
    QTest.keyClicks(form.data.line, "aap")
    popup = form.data.line.completer().popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.data.line.text() == "")
    assert form.data.names == ("sample:AAPL",)
    form.data.remove("sample:AAPL")
    assert not form.data.names


def test_presets_count_back_from_the_end_of_the_data(form: SetupForm) -> None:
    period = form.period
    assert [button.isEnabled() for button in period.presets] == [True] + [False] * 5
    period.show_span(datetime(2004, 1, 5, 21, tzinfo=UTC), datetime(2014, 7, 1, 21, tzinfo=UTC))
    assert period.fields.hint("end") == "data to 2014-07-01"
    period.choose_years(3.0)
    assert (period.start.text(), period.end.text()) == ("2011-07-01", "")
    period.choose_years(30.0)
    assert period.start.text() == "2004-01-05"
    period.choose_years(None)
    assert period.start.text() == ""
    retype(period.start, "2015-01-01")
    assert period.fields.problem("start") == "must be before 2014-07-01, the end of the data"


def test_an_end_before_the_beginning_is_said(form: SetupForm) -> None:
    retype(form.period.start, "2015-01-02")
    retype(form.period.end, "2015-01-01")
    assert form.period.fields.problem("end") == "must be after the beginning"
