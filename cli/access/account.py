"""The account that is signed in, and its rights."""

from __future__ import annotations

import jwt
from azure.core.exceptions import ClientAuthenticationError

from cli.access.rights import RIGHTS, RightJson, State, try_right
from cli.failures import CommandError
from cli.json_output import JsonOutput
from cli.session import Session, run_together
from cli.terminal import print_line, print_table, say

_NOT_SIGNED_IN = (
    "nobody is signed in: run `az login` or `azd auth login`, then this command again; a machine on Azure needs a "
    "managed identity"
)
_CLAIMS = ("upn", "preferred_username", "unique_name", "appid", "oid")


class AccessJson(JsonOutput):
    """The account and its rights; `account` is null if the settings hold keys."""

    account: str | None
    environment: str
    rights: tuple[RightJson, ...]

    @property
    def complete(self) -> bool:
        """Whether no right is missing or unknown."""
        return all(right.state is State.GRANTED for right in self.rights)


async def read_access(session: Session) -> AccessJson:
    """Return who is signed in, with each right. Raises CommandError if nobody is, or if nothing answers."""
    account = await _account(session)
    rights = await run_together(try_right(session, right) for right in RIGHTS)
    return AccessJson(account=account, environment=session.settings.environment, rights=tuple(rights))


async def _account(session: Session) -> str | None:
    if session.settings.documents and session.settings.service_bus:
        return None
    try:
        token = await session.clients.token("https://storage.azure.com/.default")
    except ClientAuthenticationError as error:
        raise CommandError(_NOT_SIGNED_IN) from error
    claims = jwt.decode(token, options={"verify_signature": False})  # only to say who it is
    return str(next((claims[name] for name in _CLAIMS if name in claims), "an account without a name"))


def print_access(access: AccessJson) -> None:
    """Print who is signed in, with each right, and what to do about those that are missing."""
    who = f"signed in as {access.account}" if access.account else "no sign-in is needed: the settings hold keys"
    print_line(f"Environment {access.environment}, {who}.")
    print_table(("State", "On", "Role"), ((right.state, right.place, right.role) for right in access.rights))
    for right in access.rights:
        if right.state is State.UNKNOWN:
            say(f"Unknown: {right.place}: {right.why}")
        elif right.state is State.MISSING:
            say(f"Missing: {right.role} on {right.place}, which is for {right.used_by}.")
    if any(right.state is State.MISSING for right in access.rights):
        say("Whoever deployed the app grants roles, or another with Role Based Access Control Administrator there. You")
        say("need only those of your task; a new role can take some minutes to have effect.")
