"""`login` and `settings export`: what somebody else needs to use the command."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.servicebus.exceptions import ServiceBusAuthorizationError, ServiceBusConnectionError

from adapters.clients import Clients
from cli.access.account import AccessJson, print_access
from cli.access.rights import RIGHTS, Right, State, try_right
from cli.failures import ExitCode
from cli.session import Session
from infra.package import ROOT
from tests.cli.running import Compliance, run

KEYLESS = {
    "Documents__blobServiceUri": "https://documents.blob.core.windows.net",
    "Documents__tableServiceUri": "https://documents.table.core.windows.net",
    "ServiceBus__fullyQualifiedNamespace": "reviews.servicebus.windows.net",
    "ENVIRONMENT_NAME": "contoso",
}
LOCAL = {
    "Documents": "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a",
    "ServiceBus": "Endpoint=sb://localhost:9;SharedAccessKeyName=n;SharedAccessKey=a;UseDevelopmentEmulator=true",
}


def settings_file(folder: Path, values: dict[str, str]) -> Path:
    file = folder / "settings.json"
    file.write_text(json.dumps({"Values": values}))
    return file


def test_the_rights_are_those_of_an_operator_in_the_manual():
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| operator \| (.*?) \| (.*?) \|", manual, re.MULTILINE)
    # `doctor` says so itself if the first is missing; the second is for a dashboard, which the command does not use
    others = {("custom topic", "Reader"), ("Durable Task Scheduler", "Durable Task Data Reader")}
    assert {(place.replace("`", ""), role) for place, role in rows} - others == {(r.place, r.role) for r in RIGHTS}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, State.GRANTED),
        (ServiceBusAuthorizationError(message="no"), State.MISSING),
        (ClientAuthenticationError("no"), State.MISSING),
        (ServiceBusConnectionError(message="no"), State.UNKNOWN),
        (HttpResponseError("no"), State.UNKNOWN),
    ],
)
async def test_a_right_is_granted_missing_or_unknown(error: Exception | None, state: State):
    async def use(_: Session) -> None:
        if error:
            raise error

    nowhere: Any = None
    tried = await try_right(nowhere, Right("queue x", "Sender", "decide", use))
    assert (tried.state, tried.why is None) == (state, state is not State.UNKNOWN)


def test_a_missing_right_is_told_with_its_role_place_and_use(capsys: pytest.CaptureFixture[str]):
    rights = [
        {"place": right.place, "role": right.role, "usedBy": right.used_by, "state": "missing", "why": None}
        for right in RIGHTS
    ]
    access = AccessJson.model_validate({"account": "ana@contoso.com", "environment": "contoso", "rights": rights})
    print_access(access)
    said = capsys.readouterr()
    assert said.out.startswith("Environment contoso, signed in as ana@contoso.com.\n")
    assert "Missing: Azure Service Bus Data Sender on queue review-decisions, which is for decide," in said.err
    assert said.err.count("Role Based Access Control Administrator") == 1


def test_nobody_is_signed_in(no_settings: Path, monkeypatch: pytest.MonkeyPatch):
    async def refuse(*_: object) -> str:
        raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token\nfrom 9 credentials")

    monkeypatch.setattr(Clients, "token", refuse)
    with socket.create_server(("127.0.0.1", 0)) as storage:
        account = f"http://127.0.0.1:{storage.getsockname()[1]}"
        values = {**KEYLESS, "Documents__blobServiceUri": account, "Documents__tableServiceUri": account}
        ended = run("login", "--settings", settings_file(no_settings, values))
    assert (ended.code, ended.out) == (ExitCode.FAILED, "")
    assert ended.err.startswith("Error: nobody is signed in: run `az login`")
    assert ended.err.count("\n") == 1


def test_storage_is_looked_for_before_the_account(no_settings: Path):
    unreachable = {**KEYLESS, "Documents__tableServiceUri": "https://127.0.0.1:9"}
    assert "nothing answers at 127.0.0.1:9" in run("login", "--settings", settings_file(no_settings, unreachable)).err


def test_every_right_is_there_on_a_stack_of_ones_own(compliance: Compliance):
    ended = compliance("login", "--json")
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    found = ended.json()
    assert (found["account"], {right["state"] for right in found["rights"]}) == (None, {"granted"})
    assert "granted\tqueue review-decisions\t" in compliance("login").out


def test_settings_of_azure_are_handed_out_without_a_secret(no_settings: Path):
    given = settings_file(no_settings, {**KEYLESS, "EventGridTopic__topicKey": "hidden", "POLICY_FILE": "here.yaml"})
    made = no_settings / "contoso.json"
    ended = run("settings", "export", "-o", made, "--settings", given)
    assert (ended.code, ended.err) == (
        ExitCode.DONE,
        "No secret is in it: whoever uses it signs in, see `compliance login`.\n",
    )
    assert json.loads(made.read_text()) == {"IsEncrypted": False, "Values": KEYLESS}
    assert run("settings", "export", "-o", made, "--settings", given).code == ExitCode.USAGE


def test_the_keys_of_a_stack_on_this_machine_are_in_it_and_that_is_said(no_settings: Path):
    ended = run("settings", "export", "--settings", settings_file(no_settings, LOCAL))
    assert json.loads(ended.out)["Values"] == {**LOCAL, "ENVIRONMENT_NAME": "local"}
    assert ended.err == "The keys of the stack on this machine are in it: they open nothing else.\n"


@pytest.mark.parametrize(
    "secret",
    [
        {"Documents": "AccountName=contoso;AccountKey=c2VjcmV0"},
        {"Documents": LOCAL["Documents"].replace("http://127.0.0.1:9", "https://contoso.example")},
        {"ServiceBus": "Endpoint=sb://contoso.servicebus.windows.net;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0"},
    ],
)
def test_any_other_key_is_refused(no_settings: Path, secret: dict[str, str]):
    ended = run("settings", "export", "--settings", settings_file(no_settings, {**LOCAL, **secret}))
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert f"{next(iter(secret))}: a key is not handed out" in ended.err
    assert "c2VjcmV0" not in ended.err
