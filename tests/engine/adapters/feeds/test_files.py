"""Data files load as they are meant, and broken ones are refused with every reason."""

import gzip
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import Bar, DataKind, Quote, TradeTick, to_ns
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.data.series import Series

BARS = "time,open,high,low,close,volume\n"
DAILY = "date,open,high,low,close,volume\n"
RAGGED = "Give each line as many values as the header."
UNSORTED = "Sort the file by time, oldest first."
TIMES = "Write it as 2013-10-07T14:30:00Z, 2013-10-07 or an epoch."


def a_file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems(path: Path, *, kind: DataKind | None = None) -> str:
    with pytest.raises(UsageError) as error:
        read_series(path, kind=kind)
    return str(error.value).replace(str(path), path.name)


def bars(series: Series) -> list[Bar]:
    return [event for event in series.tracks()[0].events(0, len(series)) if isinstance(event, Bar)]


@pytest.mark.shared
def test_every_file_of_real_data_loads(shared_data: Path) -> None:
    files = sorted(shared_data.glob("*/*.csv.gz"))
    assert files
    for file in files:
        series = read_series(file)
        assert len(series) > 1000
        assert (series.ts[1:] >= series.ts[:-1]).all()
        expected = {"daily": "1d", "dirty": "1d", "minute": "1m", "tick": "None"}[file.parent.name]
        assert str(series.spec) == expected, file


@pytest.mark.shared
def test_real_quote_bars_and_trades_are_told_apart(shared_data: Path) -> None:
    euro = read_series(shared_data / "minute" / "EURUSD_quotes.csv.gz")
    assert (euro.kind, euro.is_quote_bars, euro.instrument.asset_class) == (DataKind.QUOTES, True, AssetClass.FX)
    assert len(euro) == 18_184
    spy = read_series(shared_data / "tick" / "SPY_2013-10-07_trades.csv.gz")
    assert (spy.kind, len(spy)) == (DataKind.TRADES, 250_601)
    assert spy.events(0, 1) == [TradeTick(spy.instrument.id, 1_381_132_800_464_000_000, 167.41, 100)]


def test_a_date_of_a_share_is_its_session_in_new_york(tmp_path: Path) -> None:
    file = a_file(tmp_path, "SPY.csv", DAILY + "2013-03-08,1,2,1,1.5,10\n2013-03-11,1,2,1,1.5,10\n")
    winter, summer = bars(read_series(file))
    assert (winter.start.isoformat(), winter.end.isoformat()) == (
        "2013-03-08T14:30:00+00:00",
        "2013-03-08T21:00:00+00:00",
    )
    assert (summer.start.isoformat(), summer.end.isoformat()) == (
        "2013-03-11T13:30:00+00:00",
        "2013-03-11T20:00:00+00:00",
    )


@pytest.mark.parametrize("name", ["BTCUSD.csv", "EURUSD.csv"])
def test_a_date_of_a_pair_is_the_whole_day(tmp_path: Path, name: str) -> None:
    file = a_file(tmp_path, name, DAILY + "2013-03-08,1,2,1,1.5,10\n2013-03-09,1,2,1,1.5,10\n")
    first, second = bars(read_series(file))
    assert (first.end.isoformat(), second.start_ns) == ("2013-03-09T00:00:00+00:00", first.end_ns)


@pytest.mark.parametrize(
    "times",
    [
        ("2013-10-07T14:30:00Z", "2013-10-07T14:31:00Z"),
        ("2013-10-07 14:30", "2013-10-07 14:31"),
        ("2013-10-07T10:30:00-04:00", "2013-10-07T10:31:00-04:00"),
        ("2013-10-07T14:30:00.000000000Z", "2013-10-07T14:31:00.000000000Z"),
        ("1381156200", "1381156260"),
        ("1381156200.0", "1381156260.0"),
        ("1381156200000", "1381156260000"),
        ("1381156200000000", "1381156260000000"),
        ("1381156200000000000", "1381156260000000000"),
        ("07.10.2013 14:30:00.000", "07.10.2013 14:31:00.000"),
    ],
)
@pytest.mark.parametrize("header", ["time", "Timestamp", "DATETIME", "ts", "date"])
def test_times_are_read_in_all_usual_forms(tmp_path: Path, times: tuple[str, str], header: str) -> None:
    lines = "".join(f"{time},10,12,9,11,5\n" for time in times)
    series = read_series(a_file(tmp_path, "BTCUSD.csv", f"{header},Open,HIGH,low,Close,Volume\n{lines}"))
    first = bars(series)[0]
    assert str(series.spec) == "1m"
    assert (first.start.isoformat(), first.end_ns - first.start_ns) == ("2013-10-07T14:30:00+00:00", 60 * 10**9)
    assert (first.open, first.high, first.low, first.close, first.volume) == (10, 12, 9, 11, 5)


def test_a_date_and_a_time_of_day_in_two_columns_belong_together(tmp_path: Path) -> None:
    content = "Date,Time,open,high,low,close\n2013-10-07,14:30:00,1,2,1,1\n2013-10-07,14:31:00,1,2,1,1\n"
    first = bars(read_series(a_file(tmp_path, "BTCUSD.csv", content)))[0]
    assert first.start.isoformat() == "2013-10-07T14:30:00+00:00"


@pytest.mark.parametrize("dates", [("20131007", "20131008"), ("2013-10-07 00:00:00", "2013-10-08 00:00:00")])
def test_other_forms_of_dates_are_dates(tmp_path: Path, dates: tuple[str, str]) -> None:
    series = read_series(a_file(tmp_path, "SPY.csv", "date,close\n" + "".join(f"{date},5\n" for date in dates)))
    first = bars(series)[0]
    assert (str(series.spec), first.start.isoformat()) == ("1d", "2013-10-07T13:30:00+00:00")


def test_a_bar_ends_where_the_next_one_begins_at_the_latest(tmp_path: Path) -> None:
    times = ("14:30:00", "14:31:00", "14:32:00", "14:32:30", "14:40:00")
    lines = "".join(f"2013-10-07T{time}Z,1,1,1,1,1\n" for time in times)
    found = bars(read_series(a_file(tmp_path, "BTCUSD.csv", BARS + lines)))
    assert [(bar.end_ns - bar.start_ns) // 10**9 for bar in found] == [60, 60, 30, 60, 60]


def test_closes_alone_give_bars_without_a_range_and_with_unknown_volume(tmp_path: Path) -> None:
    (bar, _) = bars(read_series(a_file(tmp_path, "SPY.csv", "Date,Close\n2013-10-07,5\n2013-10-08,6\n")))
    assert (bar.open, bar.high, bar.low, bar.close) == (5, 5, 5, 5)
    assert math.isnan(bar.volume)


def test_quotes_and_trades_are_read_with_and_without_sizes(tmp_path: Path) -> None:
    quotes = read_series(a_file(tmp_path, "SPY.csv", "time,bid,ask,bid_size,ask_size\n1381156200,1,2,3,4\n"))
    assert quotes.events(0, 1) == [Quote(quotes.instrument.id, 1_381_156_200 * 10**9, 1, 2, 3, 4)]
    bare = read_series(a_file(tmp_path, "SPY.csv", "time,Bid Price,Ask Price\n1381156200,1,2\n"))
    assert bare.events(0, 1) == [Quote(bare.instrument.id, 1_381_156_200 * 10**9, 1, 2)]
    trades = read_series(a_file(tmp_path, "SPY.csv", "time,price\n1381156200,1\n1381156200,2\n"))
    assert trades.kind is DataKind.TRADES
    assert len(trades) == 2


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    content = BARS + "2013-10-07T14:30:00Z,1,2,1,1.5,\n2013-10-07T14:31:00Z,1,2,1,1.5,3\n"
    expected = read_series(a_file(tmp_path, "BTCUSD.csv", content))
    ns = to_ns(bars(expected)[0].start)
    for times in (
        pa.array([ns, ns + 60 * 10**9], pa.timestamp("ns", "UTC")),
        pa.array([ns // 10**6, ns // 10**6 + 60_000], pa.timestamp("ms")),
        pa.array([ns // 10**9, ns // 10**9 + 60], pa.int64()),
        pa.array(["2013-10-07T14:30:00Z", "2013-10-07T14:31:00Z"]),
    ):
        prices = {"open": [1, 1], "high": [2, 2], "low": [1, 1], "close": [1.5, 1.5], "volume": [None, 3.0]}
        pq.write_table(pa.table({"time": times, **prices}), tmp_path / "BTCUSD.parquet")
        found = read_series(tmp_path / "BTCUSD.parquet")
        assert str(bars(found)) == str(bars(expected))


def test_parquet_dates_are_sessions(tmp_path: Path) -> None:
    table = pa.table({"date": pa.array([15_985, 15_986], pa.date32()), "close": [5.0, 6.0]})
    pq.write_table(table, tmp_path / "SPY.parquet")
    assert bars(read_series(tmp_path / "SPY.parquet"))[0].start.isoformat() == "2013-10-07T13:30:00+00:00"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path, delimiter: str) -> None:
    content = "\ufeff" + (DAILY + "2013-10-07,1,2,1,1,1\n\n2013-10-08,1,2,1,1,1\n").replace(",", delimiter)
    assert len(read_series(a_file(tmp_path, "SPY.csv", content.replace("\n", "\r\n")))) == 2


def test_every_finding_names_line_column_value_and_remedy(tmp_path: Path) -> None:
    lines = ["2020-01-02,1,2,x,1.5,10", "", "2020-01-03,1,2,3,1.5,-1", "2020-01-03,0,2,,1.5,", "2020-01-04,1,2"]
    found = problems(a_file(tmp_path, "SPY.csv", DAILY + "\n".join([*lines, "2020-01-01,1,2,1,1,inf", "no,1,2,1,1,1"])))
    assert [line.partition(": ")[::2] for line in found.splitlines()] == [
        ("SPY.csv, line 2, column low", "is not a number (was x). Write it with digits and a decimal point."),
        ("SPY.csv, line 4, column volume", "must not be negative (was -1). Correct the row or leave the value out."),
        ("SPY.csv, line 4, column high", "is below low (was 2). Correct or remove the row."),
        ("SPY.csv, line 5, column open", "must be above zero (was 0). Correct or remove the row."),
        ("SPY.csv, line 5, column low", "has no price. Remove the row or fill the price in."),
        ("SPY.csv, line 5, column date", "has the same time as the row before (was 2020-01-03). Keep one of the rows."),
        ("SPY.csv, line 6", f"has 3 values where the header has 6 (was 2020-01-04,1,2). {RAGGED}"),
        ("SPY.csv, line 7, column volume", "is infinite (was inf). Correct or remove the row."),
        ("SPY.csv, line 7, column date", f"is earlier than the row before (was 2020-01-01). {UNSORTED}"),
        ("SPY.csv, line 8, column date", f"is not a time (was no). {TIMES}"),
    ]


def test_findings_are_bounded_and_counted(tmp_path: Path) -> None:
    lines = "".join(f"{1381156200 + 60 * minute},1,2,none at all,1,1\n" for minute in range(1000))
    found = problems(a_file(tmp_path, "SPY.csv", BARS + lines)).splitlines()
    assert len(found) == 21
    assert found[-1] == "SPY.csv: 980 more problems. Repair these first."


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("SPY.csv", b"", "is empty"),
        ("SPY.csv", b"\n\n", "is empty"),
        ("SPY.csv", DAILY, "has a header but no data"),
        ("SPY.csv.gz", b"date,close\n", "is not a gzip file"),
        ("SPY.csv.gz", gzip.compress(b"date,close\n2020-01-02,1\n" * 99, mtime=0)[:40], "cut off"),
        ("SPY.csv.gz", gzip.compress(b"date,close\n" * 99, mtime=0)[:-9] + b"\x00" * 9, "damaged gzip file"),
        ("SPY.csv", b"\xff\xfe\x00d\x00", "is not UTF-8 text"),
        ("SPY.csv", bytes(range(32)) * 9, "has no header"),
        ("SPY.csv", b"2020-01-02,1,2\n2020-01-03,1,2\n", "has no header"),
        ("SPY.csv", b"date,close,close\n2020-01-02,1,1\n", "has this column twice (was close)"),
        ("SPY.csv", b"open,high,low,close\n1,2,1,1\n", "has no column of times"),
        ("SPY.csv", b"time,note\n1381156200,x\n", "has no columns of prices"),
        ("SPY.csv", b"time,open,high,low\n1381156200,1,2,1\n", "has no column close, which bars need"),
        ("SPY.csv", b"time,bid\n1381156200,1\n", "has no column ask, which quotes need"),
        ("SPY.csv", b"time,open,high,low,close\n1381156200,1,2,1,1\n", "has one bar, whose length can't be told"),
        ("SPY.csv", b"time,price\n4102444801000,1\n", "line 2, column time: is not before 2100"),
        ("SPY.csv", b"time,price\n99999999999999999999999,1\n", "is not a time"),
        ("SPY.parquet", b"PAR1 but no more", "is not a Parquet file"),
        ("SPY.parquet", b"nothing of the kind", "is not a Parquet file"),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: str | bytes, problem: str
) -> None:
    assert problem in problems(a_file(tmp_path, name, content))


def test_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    file = a_file(tmp_path, "SPY.csv", DAILY + "2020-01-02,1,2,1,1.5,10\n")
    assert "holds bars, not trades" in problems(file, kind=DataKind.TRADES)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "No such file" in problems(tmp_path / "none.csv")
    assert "can't be read" in problems(tmp_path)


@pytest.mark.shared
def test_a_real_file_cut_at_any_place_is_refused(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "daily" / "GOOG.csv.gz").read_bytes()
    for share in (0.01, 0.3, 0.9, 0.9999):
        found = problems(a_file(tmp_path, "GOOG.csv.gz", data[: int(len(data) * share)]))
        assert "gzip" in found
    cut = gzip.decompress(data)[:-15]
    assert "values where the header has 6" in problems(a_file(tmp_path, "GOOG.csv", cut))


def test_dividends_splits_and_funding_are_actions_at_the_begin_of_their_bar(tmp_path: Path) -> None:
    text = """Date,Open,High,Low,Close,Volume,Dividends,Stock Splits
2024-03-04,100,101,99,100,1000,0.0,0.0
2024-03-05,100,101,99,100,1000,0.25,0.0
2024-03-06,50,51,49,50,1000,0.0,2.0
"""
    series = read_series(a_file(tmp_path, "AAPL.csv", text))
    assert sorted(series.columns) == ["close", "end", "high", "low", "open", "start", "volume"]
    assert [(action.kind.value, action.value) for action in series.actions] == [("dividend", 0.25), ("split", 2.0)]
    assert [action.ts for action in series.actions] == series.starts[1:].tolist()
    assert series.actions[0].instrument == "AAPL.SIM"
    perpetual = read_series(
        a_file(tmp_path, "BTCUSDT.csv", "time,close,funding_rate\n0,9,\n3600,9,0.0001\n7200,9,-0.0002\n")
    )
    assert [action.value for action in perpetual.actions] == [0.0001, -0.0002]


def test_prices_that_are_adjusted_for_splits_and_dividends_owe_nothing_more(tmp_path: Path) -> None:
    rows = "2024-03-04,50,50,50,50,{0}0.0,0.0\n2024-03-05,50,50,50,50,{0}0.25,0.0\n2024-03-06,50,50,50,50,{0}0.0,2.0\n"
    whole = "Date,Open,High,Low,Close,Dividends,Stock Splits\n" + rows.format("")
    assert read_series(a_file(tmp_path, "WHOLE.csv", whole)).actions == ()
    splits = "Date,Open,High,Low,Close,Adj Close,Dividends,Stock Splits\n" + rows.format("49,")
    assert [action.value for action in read_series(a_file(tmp_path, "SPLITS.csv", splits)).actions] == [0.25]


def test_a_negative_dividend_is_refused_with_its_line(tmp_path: Path) -> None:
    text = "date,close,dividend\n2024-03-04,100,-1\n2024-03-05,100,\n"
    assert "AAPL.csv, line 2, column dividend" in problems(a_file(tmp_path, "AAPL.csv", text))


def test_a_series_without_actions_has_none(tmp_path: Path) -> None:
    assert read_series(a_file(tmp_path, "SPY.csv", BARS + "0,1,1,1,1,1\n60,1,1,1,1,1\n")).actions == ()
