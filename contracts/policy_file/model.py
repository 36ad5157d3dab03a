"""Types that all parts of the policy file use."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

NAME: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]


def one_mistake(text: str) -> WrapValidator:
    """Report one mistake in a union; pydantic would report one for each of its members."""

    def validate(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError as error:
            raise ValueError(text) from error

    return WrapValidator(validate)
