"""Scopes as people write them on the command line."""

from ares_desktop.control.app import App
from ares_desktop.domain.risk import ALL_SCOPE


def scope_of(app: App, text: str) -> str:
    """Return the scope that a text means: a name alone is a strategy's, an account's or an instrument's.

    Raises:
        UsageError: when it names nothing that is known.
    """
    kind, colon, name = text.partition(":")
    if text == ALL_SCOPE or (colon and kind == "account"):
        return text
    if colon and kind == "strategy":
        return f"strategy:{app.managers.strategies.status(name).instance.name}"
    if colon and kind == "instrument":
        return f"instrument:{app.managers.data.resolve(name)}"
    if text in {status.instance.name for status in app.managers.strategies.statuses()}:
        return f"strategy:{text}"
    if text in {account.account for account in app.managers.portfolio.accounts()}:
        return f"account:{text}"
    return f"instrument:{app.managers.data.resolve(text)}"
