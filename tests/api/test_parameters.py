"""Parameters are described and checked all at once."""

from typing import Literal

import pytest

from ares_desktop.api import Params, param
from ares_desktop.api.parameters import make_params, parameter_infos
from ares_desktop.domain.errors import UsageError


class Sample(Params):
    fast: int = param(10, title="Fast average", unit="bars", ge=2, le=200, search=(5, 50, 5))
    share: float = param(0.5, gt=0, lt=1, description="Of the equity.")
    active: bool = param(default=True)
    side: Literal["long", "short"] = param("long")
    note: str = param("")


def test_every_parameter_is_described() -> None:
    infos = {info.name: info for info in parameter_infos(Sample)}
    assert [info.kind for info in infos.values()] == ["int", "float", "bool", "choice", "str"]
    fast = infos["fast"]
    assert (fast.title, fast.unit, fast.minimum, fast.maximum, fast.search) == (
        "Fast average",
        "bars",
        2,
        200,
        (5, 50, 5),
    )
    assert (infos["share"].minimum, infos["share"].maximum, infos["share"].description) == (0, 1, "Of the equity.")
    assert infos["side"].choices == ("long", "short")
    assert infos["note"].title == "Note"


def test_text_is_parsed() -> None:
    made = make_params(Sample, {"fast": "12", "share": "0.25", "active": "false"})
    assert made.model_dump() == {"fast": 12, "share": 0.25, "active": False, "side": "long", "note": ""}


def test_all_findings_come_at_once_with_place_value_and_remedy() -> None:
    with pytest.raises(UsageError) as raised:
        make_params(Sample, {"fast": "1", "share": "nan", "side": "up", "fats": 3})
    found = {finding.place: finding for finding in raised.value.findings}
    assert set(found) == {"fast", "share", "side", "fats"}
    assert found["fast"].value == "1"
    assert "fast, share" in found["fats"].remedy


def test_a_default_out_of_bounds_is_found() -> None:
    class Wrong(Params):
        fast: int = param(1, ge=2)

    with pytest.raises(UsageError):
        make_params(Wrong, {})
