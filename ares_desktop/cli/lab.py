"""The backtest lab from the command line: without a running application, or beside one on the same profile."""

from ares_desktop.cli.spec import Invocation
from ares_desktop.control.protocol import Reply


def backtest(invocation: Invocation) -> Reply:
    """Run strategies on past data."""
    from ares_desktop.cli.lab_runs import run_backtest  # noqa: PLC0415 - loads the engine

    return run_backtest(invocation)


def optimize(invocation: Invocation) -> Reply:
    """Search parameters, or go on with a search."""
    from ares_desktop.cli.lab_runs import run_search  # noqa: PLC0415 - loads the engine

    return run_search(invocation)


def monte_carlo(invocation: Invocation) -> Reply:
    """Resample a backtest."""
    from ares_desktop.cli.lab_runs import run_monte_carlo  # noqa: PLC0415 - loads the engine

    return run_monte_carlo(invocation)


def list_runs(invocation: Invocation) -> Reply:
    """List the runs of the profile."""
    from ares_desktop.cli.lab_runs import listed  # noqa: PLC0415 - loads the engine

    return listed(invocation)


def show_run(invocation: Invocation) -> Reply:
    """Show one run."""
    from ares_desktop.cli.lab_runs import shown  # noqa: PLC0415 - loads the engine

    return shown(invocation)


def delete_runs(invocation: Invocation) -> Reply:
    """Remove runs."""
    from ares_desktop.cli.lab_runs import deleted  # noqa: PLC0415 - loads the engine

    return deleted(invocation)
