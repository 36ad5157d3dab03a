"""Who can sign in: the file of `devhost start --auth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel

from devhost.json_files import read_json

_TENANT = UUID("3f0b6d1e-4f6a-4d0c-9d6e-2b7a5c1e8f40")  # of nobody: where the file names no tenant or client
_CLIENT = UUID("8c2d7a55-0e3b-4b52-8a39-6f1d4e9b7c02")
_EIGHT_HOURS = (
    480  # App Service's default: learn.microsoft.com/azure/app-service/configure-authentication-customize-sign-in-out
)

_Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Section(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Person(_Section):
    """Somebody who can sign in. `claims` replace or add claims of the token; None leaves a claim out."""

    user_name: _Text
    name: _Text | None = None
    oid: UUID | None = None
    tenant_id: UUID | None = None
    roles: tuple[_Text, ...] = ()
    claims: dict[_Text, str | tuple[str, ...] | None] = {}

    @property
    def shown_name(self) -> str:
        """The name, or the user name of somebody without one."""
        return self.name or self.user_name


class SignIn(_Section):
    """The tenant, the app registration and the people."""

    tenant_id: UUID = _TENANT
    client_id: UUID = _CLIENT
    session_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = _EIGHT_HOURS
    people: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _check_unique(self) -> Self:
        for what, values in (
            ("userName", [person.user_name.casefold() for person in self.people]),
            ("oid", [str(self.oid_of(person)) for person in self.people]),
        ):
            if twice := next((value for value in values if values.count(value) > 1), None):
                raise ValueError(f"{what} {twice} is there twice")
        return self

    def find(self, user_name: str) -> Person | None:
        """Return the person of a user name, None if the file has nobody of that name."""
        wanted = user_name.casefold()
        return next((person for person in self.people if person.user_name.casefold() == wanted), None)

    def tenant_of(self, person: Person) -> UUID:
        return person.tenant_id or self.tenant_id

    def oid_of(self, person: Person) -> UUID:
        """Return the object id of a person: without one in the file, always the same for the same user name."""
        return person.oid or uuid5(self.tenant_of(person), person.user_name.casefold())


def read_people(file: Path) -> SignIn:
    """Read the file. Raises StartError naming the file, the line and what is wrong there."""
    return read_json(file, "the people", TypeAdapter(SignIn))
