"""A run's report as a file that a person can pass on."""

from pathlib import Path

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.runs import Run, RunKind
from ares_desktop.engine.backtest.run_data import bars_of_all
from ares_desktop.engine.backtest.storing import load_monte_carlo, load_outcome, load_search


def write_report(run: Run, folder: Path, file: Path) -> None:
    """Write one self-contained HTML file of the backtest, search or resampled paths in ``folder``; blocks.

    Raises:
        StorageError: when there is no result, or the file can't be written.
    """
    page = _page(run, folder)
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_text(page, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        msg = f"{file} can't be written: {error.strerror or error}"
        raise StorageError(msg) from error


def _page(run: Run, folder: Path) -> str:
    from ares_desktop.engine.backtest.report.monte_carlo_page import render_monte_carlo  # noqa: PLC0415 - see below
    from ares_desktop.engine.backtest.report.page import render  # noqa: PLC0415 - jinja2 is slow to load
    from ares_desktop.engine.backtest.report.search_page import render_search  # noqa: PLC0415 - see above

    if run.kind is RunKind.SEARCH:
        return render_search(run, load_search(folder))
    if run.kind is RunKind.MONTE_CARLO:
        return render_monte_carlo(run, load_monte_carlo(folder))
    outcome, report = load_outcome(folder)
    return render(run, outcome, report, bars=bars_of_all(folder))
