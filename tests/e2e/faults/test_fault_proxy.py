"""The proxy itself, between the real SDKs and Azurite: what it passes on, what it breaks, how copies look."""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ServiceResponseError
from azure.data.tables import TableClient, TableServiceClient
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient, StandardBlobTier

from local.stack.eventually import PATIENCE, eventually
from tests.e2e.faults.fault_proxy import FaultProxy
from tests.e2e.faults.faults import Requests

AZURITE = Path(__file__).parents[3] / "devhost/node_modules/.bin/azurite"
ACCOUNT = "devstoreaccount1"
COPIES = Requests(copy=True)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the connection string of an Azurite of our own."""
    folder = tmp_path_factory.mktemp("azurite")
    ports = ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
    options = ["--location", folder, "--skipApiVersionCheck", "--disableTelemetry", *ports]
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"}
    with (folder / "output").open("w") as output:
        azurite = subprocess.Popen([AZURITE, *options], stdout=output, env=environment)  # noqa: S603 our own program

    def endpoints() -> dict[str, str]:
        """By service, once all three are up."""
        listening = re.findall(
            r"Azurite (\w+) service is successfully listening at (http://\S+)", (folder / "output").read_text()
        )
        return dict(listening) if len(listening) == 3 else {}

    urls = eventually(endpoints, "Azurite listens")
    named = ";".join(f"{service}Endpoint={url}/{ACCOUNT}" for service, url in urls.items())
    yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};{named}"
    azurite.terminate()
    azurite.wait()


@pytest.fixture
def proxy(storage: str) -> Iterator[FaultProxy]:
    with FaultProxy(storage) as proxy:
        yield proxy


@pytest.fixture
def container(proxy: FaultProxy) -> Iterator[ContainerClient]:
    """Yield a container of this test, seen through the proxy without retries, so that each fault shows."""
    with BlobServiceClient.from_connection_string(proxy.connection_string, retry_total=0) as service:
        yield service.create_container(str(uuid.uuid4()))


@pytest.fixture
def source(container: ContainerClient) -> BlobClient:
    return container.upload_blob("drafts/Größe 1.txt", b"the document")


@pytest.fixture
def target(container: ContainerClient) -> BlobClient:
    return container.get_blob_client("published/Größe 1.txt")


def test_what_no_fault_is_armed_for_passes_unchanged(container: ContainerClient) -> None:
    blob = container.upload_blob("a b/ü#?.bin", b"\x00\xff" * 300_000, metadata={"class": "x"})
    found = blob.get_blob_properties()

    assert (found.size, found.metadata) == (600_000, {"class": "x"})
    assert blob.download_blob().readall() == b"\x00\xff" * 300_000
    assert [each.name for each in container.list_blobs()] == ["a b/ü#?.bin"]


def test_table_transactions_pass_unchanged(proxy: FaultProxy) -> None:
    with TableServiceClient.from_connection_string(proxy.connection_string) as service:
        table = service.create_table("transactions")
        rows = [{"PartitionKey": "p", "RowKey": str(n), "n": n} for n in range(3)]
        table.submit_transaction([("create", row) for row in rows])
        assert [row["n"] for row in table.query_entities("PartitionKey eq 'p'")] == [0, 1, 2]


def test_a_fault_of_one_transaction_leaves_the_others_alone(proxy: FaultProxy) -> None:
    fault = proxy.answer(Requests(path="/$batch", body="of-ann"), status=500)
    with TableServiceClient.from_connection_string(proxy.connection_string, retry_total=0) as service:
        table = service.create_table("named")
        table.submit_transaction([("create", {"PartitionKey": "of-ben", "RowKey": "1"})])
        with pytest.raises(HttpResponseError):
            table.submit_transaction([("create", {"PartitionKey": "of-ann", "RowKey": "1"})])
        assert (fault.happened, [row["PartitionKey"] for row in table.list_entities()]) == (1, ["of-ben"])


def test_an_error_is_answered_as_often_as_armed_and_storage_never_sees_it(
    proxy: FaultProxy, container: ContainerClient
) -> None:
    fault = proxy.answer(Requests(method="PUT", path="/refused"), status=500, times=2)
    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            container.upload_blob("refused", b"x")
        assert (refused.value.status_code, "InternalError" in str(refused.value)) == (500, True)
    assert (fault.happened, list(container.list_blobs())) == (2, [])
    container.upload_blob("refused", b"x")


def test_a_fault_without_a_count_lasts_until_it_is_lifted(proxy: FaultProxy, container: ContainerClient) -> None:
    fault = proxy.answer(Requests(service="blob"), times=None)
    for _ in range(3):
        with pytest.raises(HttpResponseError, match="ServerBusy"):
            container.upload_blob("later", b"x")
    fault.lift()
    container.upload_blob("later", b"x")


def test_a_fault_of_one_service_leaves_the_other_alone(proxy: FaultProxy, container: ContainerClient) -> None:
    fault = proxy.answer(Requests(service="table"), status=500, times=None)
    container.upload_blob("untouched", b"x")
    with (
        TableClient.from_connection_string(proxy.connection_string, "ledger", retry_total=0) as table,
        pytest.raises(HttpResponseError) as refused,
    ):
        table.create_table()
    assert (refused.value.status_code, fault.happened) == (500, 1)


def test_a_connection_lost_before_storage_acts_changes_nothing(proxy: FaultProxy, container: ContainerClient) -> None:
    proxy.drop(Requests(method="PUT", path="/lost"))
    with pytest.raises(ServiceResponseError):
        container.upload_blob("lost", b"x")
    assert list(container.list_blobs()) == []


def test_a_connection_lost_after_storage_acted_leaves_what_was_done(
    proxy: FaultProxy, container: ContainerClient
) -> None:
    proxy.drop(Requests(method="PUT", path="/done"), after=True)
    with pytest.raises(ServiceResponseError):
        container.upload_blob("done", b"x")
    assert [each.name for each in container.list_blobs()] == ["done"]


@pytest.mark.parametrize(("after", "there_meanwhile"), [(False, []), (True, ["held"])])
def test_a_paused_request_waits_for_the_test(
    proxy: FaultProxy, container: ContainerClient, after: bool, there_meanwhile: list[str]
) -> None:
    pause = proxy.pause(Requests(method="PUT", path="/held"), after=after)
    upload = threading.Thread(target=container.upload_blob, args=("held", b"x"))
    upload.start()
    assert pause.reached.wait(PATIENCE)
    assert [each.name for each in container.list_blobs()] == there_meanwhile
    pause.let_go()
    upload.join(PATIENCE)

    assert [each.name for each in container.list_blobs()] == ["held"]


def test_a_paused_request_that_is_dropped_never_reaches_storage(proxy: FaultProxy, container: ContainerClient) -> None:
    pause = proxy.pause(Requests(method="PUT", path="/held"))
    failures: list[Exception] = []

    def upload() -> None:
        try:
            container.upload_blob("held", b"x")
        except ServiceResponseError as error:
            failures.append(error)

    uploading = threading.Thread(target=upload)
    uploading.start()
    assert pause.reached.wait(PATIENCE)
    pause.drop()
    uploading.join(PATIENCE)
    assert (len(failures), list(container.list_blobs())) == (1, [])


def test_a_pending_copy_is_an_empty_blob_until_it_succeeds(
    proxy: FaultProxy, source: BlobClient, target: BlobClient
) -> None:
    proxy.leave_pending(COPIES, polls=2)
    answer = target.start_copy_from_url(
        source.url, metadata={"review": "r1"}, standard_blob_tier=StandardBlobTier.COOL, tags={"a": "b"}
    )
    assert answer["copy_status"] == "pending"
    for _ in range(2):
        found = target.get_blob_properties()
        assert (found.copy.status, found.copy.id, found.size) == ("pending", answer["copy_id"], 0)
        assert found.metadata == {"review": "r1"}
    found = target.get_blob_properties()

    assert (found.copy.status, found.size, found.metadata) == ("success", 12, {"review": "r1"})
    assert (found.blob_tier, target.get_blob_tags()) == ("Cool", {"a": "b"})
    assert target.download_blob().readall() == b"the document"


@pytest.mark.parametrize("ending", ["failed", "aborted"])
def test_a_copy_that_ends_badly_leaves_an_empty_blob_that_can_be_removed(
    proxy: FaultProxy, source: BlobClient, target: BlobClient, ending: str
) -> None:
    proxy.leave_pending(COPIES, polls=1, ending="failed" if ending == "failed" else "aborted")
    target.start_copy_from_url(source.url)
    assert target.get_blob_properties().copy.status == "pending"
    found = target.get_blob_properties()
    assert (found.copy.status, found.size) == (ending, 0)
    assert found.copy.status_description
    target.delete_blob()
    target.start_copy_from_url(source.url)

    assert (target.get_blob_properties().copy.status, target.download_blob().readall()) == ("success", b"the document")


def test_a_pending_target_refuses_writes_until_its_copy_is_aborted(
    proxy: FaultProxy, source: BlobClient, target: BlobClient
) -> None:
    proxy.leave_pending(COPIES, polls=None)
    copy = target.start_copy_from_url(source.url)
    with pytest.raises(ResourceExistsError, match="PendingCopyOperation"):
        target.delete_blob()
    target.abort_copy(str(copy["copy_id"]))
    assert target.get_blob_properties().copy.status == "aborted"
    target.delete_blob()


def test_a_pending_copy_fails_when_its_source_changes(
    proxy: FaultProxy, source: BlobClient, target: BlobClient
) -> None:
    proxy.leave_pending(COPIES, polls=1)
    target.start_copy_from_url(source.url)
    source.upload_blob(b"other bytes", overwrite=True)

    assert target.get_blob_properties().copy.status == "pending"
    assert target.get_blob_properties().copy.status == "failed"


def test_a_copy_that_storage_refuses_is_refused(proxy: FaultProxy, source: BlobClient, target: BlobClient) -> None:
    proxy.leave_pending(COPIES, polls=None)
    with pytest.raises(ResourceModifiedError):
        target.start_copy_from_url(
            source.url, source_etag='"0x1"', source_match_condition=MatchConditions.IfNotModified
        )
    assert not target.exists()
