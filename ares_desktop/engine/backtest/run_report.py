"""A backtest's report as a file that a person can pass on."""

from pathlib import Path

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.runs import Run
from ares_desktop.engine.backtest.run_data import bars_of_all
from ares_desktop.engine.backtest.storing import load_outcome


def write_report(run: Run, folder: Path, file: Path) -> None:
    """Write one self-contained HTML file of the backtest in ``folder``; blocks.

    Raises:
        StorageError: when there is no result, or the file can't be written.
    """
    from ares_desktop.engine.backtest.report.page import render  # noqa: PLC0415 - jinja2 is slow to load

    outcome, report = load_outcome(folder)
    page = render(run, outcome, report, bars=bars_of_all(folder))
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_text(page, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        msg = f"{file} can't be written: {error.strerror or error}"
        raise StorageError(msg) from error
