"""Parameters are described and checked all at once."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Literal

import msgspec
import pytest
from pydantic import BaseModel, model_validator

from ares_desktop.api import Params, param
from ares_desktop.api.parameters import make_params, parameter_infos
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import ParameterInfo


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


class Mode(Enum):
    LONG = "long"
    SHORT = "short"


class Leg(BaseModel):
    share: float = 0.5


class Rich(Params):
    mode: Mode = param(Mode.LONG)
    window: int | None = param(None, ge=2)
    size: int | float = param(1)
    legs: Literal[1, 2] | None = param(1)
    amount: Decimal = param(Decimal("1.50"), ge=Decimal("0.5"))
    names: list[str] = param(["x"])
    shares: dict[str, float] = param({"x": 1.0})
    leg: Leg = param(Leg())
    since: date = param(date(2020, 1, 1))


def test_any_type_is_described_in_values_that_can_be_sent_and_typed_again() -> None:
    infos = parameter_infos(Rich)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(infos), type=tuple[ParameterInfo, ...]) == infos
    assert [(info.kind, info.default) for info in infos] == [
        ("choice", "long"),
        ("int", None),
        ("float", 1),
        ("choice", 1),
        ("str", "1.50"),
        ("str", '["x"]'),
        ("str", '{"x": 1.0}'),
        ("str", '{"share": 0.5}'),
        ("str", "2020-01-01"),
    ]
    assert (infos[3].choices, infos[4].minimum) == ((None, 1, 2), 0.5)
    assert make_params(Rich, {info.name: info.default for info in infos}) == Rich()


def test_what_is_typed_for_any_type_is_read() -> None:
    typed = {"mode": "short", "window": "", "legs": "2", "names": "a, b", "shares": "{'a': 2}", "leg": '{"share": 1}'}
    made = make_params(Rich, typed)
    assert made == Rich(mode=Mode.SHORT, legs=2, names=["a", "b"], shares={"a": 2.0}, leg=Leg(share=1.0))


def test_a_parameter_without_a_default_is_described_and_found() -> None:
    class Wanting(Params):
        window: int

    assert parameter_infos(Wanting)[0].default is None
    with pytest.raises(UsageError, match="field required"):
        make_params(Wanting, {})


def test_a_validator_that_fails_in_another_way_is_a_finding_too() -> None:
    class Careless(Params):
        window: int = param(3)

        @model_validator(mode="after")
        def _look(self) -> "Careless":
            raise KeyError("window")

    with pytest.raises(UsageError, match="KeyError: 'window'"):
        make_params(Careless, {})
