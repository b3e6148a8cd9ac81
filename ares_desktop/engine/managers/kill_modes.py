"""What the kill switch does at each account: chosen once for a live one, cancel only until then."""

from collections.abc import Callable, Mapping, Sequence

from ares_desktop.config.safety import KillSettings, parse_account_modes
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import KillMode


class KillModes:
    """The modes that the settings say.

    Attributes:
        save: writes the modes of single accounts into the settings; None where there are none to be written.
    """

    def __init__(self, settings: KillSettings) -> None:
        self.save: Callable[[Sequence[str]], None] | None = None
        self.take(settings)

    def take(self, settings: KillSettings) -> None:
        """Put changed settings in force."""
        self._settings = settings
        self._chosen: Mapping[str, KillMode] = parse_account_modes(settings.account_modes)

    def mode(self, account: AccountId, paper: bool) -> KillMode:
        """Return what is done at an account."""
        chosen = self._chosen.get(account)
        if chosen is not None:
            return chosen
        return self._settings.paper_mode if paper else self._settings.live_mode

    def is_chosen(self, account: AccountId) -> bool:
        """Say whether somebody chose for this very account."""
        return account in self._chosen

    def choose(self, account: AccountId, mode: KillMode) -> None:
        """Keep what shall be done at an account.

        Raises:
            UsageError: when the settings can't be changed here, or a stronger source holds them.
            StorageError: when they can't be written.
        """
        if self.save is None:
            raise UsageError(
                Finding(
                    place="kill.account_modes",
                    value=f"{account}={mode}",
                    problem="can't be written by this run",
                    remedy="Write it into the settings file.",
                )
            )
        self.save([f"{name}={chosen}" for name, chosen in sorted({**self._chosen, account: mode}.items())])
