"""How a setting is declared: once, with its default, its bounds, and what it means to a person."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationInfo, field_validator

Text = Annotated[str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=True)]


def setting(default: Any, title: str, description: str, *, unit: str = "", restart: bool = False, **bounds: Any) -> Any:  # noqa: ANN401 - stands for a field of any type
    """Declare one setting; with ``restart`` a change takes effect at the next start of the application."""
    extra: dict[str, JsonValue] = {"unit": unit, "restart": restart}
    return Field(default, title=title, description=description, json_schema_extra=extra, **bounds)


class Group(BaseModel):
    """Settings that belong together; the class docstring is what people read about it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @field_validator("*", mode="before")
    @classmethod
    def _a_number_is_not_a_truth(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation is not bool:
            raise ValueError("must not be true or false")
        return value
