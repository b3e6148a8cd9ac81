"""What is derived from the schema of the settings."""

import pytest

from ares_desktop.config.reference import SettingInfo, settings_reference
from ares_desktop.config.schema import Settings


@pytest.mark.parametrize("info", settings_reference().values(), ids=lambda info: info.key)
def test_every_setting_tells_a_person_what_it_is(info: SettingInfo) -> None:
    assert info.title
    assert info.description.endswith(".")
    group, _, name = info.key.partition(".")
    assert getattr(getattr(Settings(), group), name) == info.default
    assert info.environment == f"ARES_DESKTOP__{group.upper()}__{name.upper()}"
