"""Keys are made, added, listed and revoked; a private key is shown to nobody and replaces nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli.decisions.signing_key import read_signing_key
from cli.failures import ExitCode
from contracts.messages.decisions import DecisionSubmittedV1, parse_decision
from contracts.proofs.decision_proof import statement_of, verify_proof
from contracts.proofs.key_set import key_set, parse_attestation_jwk_set, parse_jwk_set
from tests.cli.running import run

ANA = "ana@example.org"
SAID = {"decisionId": "decision-1", "reviewId": "ab" * 32, "decision": "approve", "reviewer": ANA}
WHEN = "2026-03-31T18:00:00+00:00"


def new_key(folder: Path, reviewer: str = ANA, alg: str = "EdDSA") -> tuple[Path, Path]:
    """Make a key. Return its private key file and a file with the public key that was printed."""
    before = set(folder.glob("*.private.json"))
    made = run("keys", "new", "--reviewer", reviewer, "--alg", alg, "-o", folder)
    assert made.code == ExitCode.DONE, made.err
    (private,) = set(folder.glob("*.private.json")) - before
    public = private.with_name(private.name.replace(".private.", ".public."))
    public.write_text(made.out)
    return private, public


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
def test_a_new_key_signs_what_the_key_set_verifies(tmp_path: Path, alg: str) -> None:
    private, public = new_key(tmp_path / "made", alg=alg)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    keys = tmp_path / "keys.json"
    assert run("keys", "add", keys, public).code == ExitCode.DONE

    decision = parse_decision(json.dumps(SAID).encode())
    assert isinstance(decision, DecisionSubmittedV1)
    proof = read_signing_key(private).proof(decision, "5f" * 32, 0)
    found = verify_proof(proof, key_set(parse_jwk_set(keys.read_bytes(), "keys.json")))
    assert found.statement == statement_of(decision, "5f" * 32)
    assert found.key.reviewer == ANA


def test_what_is_printed_holds_no_secret(tmp_path: Path) -> None:
    made = run("keys", "new", "--reviewer", ANA, "-o", tmp_path)
    (private,) = tmp_path.iterdir()
    secret = json.loads(private.read_text())["d"]

    assert secret not in made.out + made.err
    assert str(private) in made.err


def test_a_private_key_never_replaces_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, _ = new_key(tmp_path)
    kept = private.read_bytes()
    monkeypatch.setattr("cli.decisions.signing_key.thumbprint", lambda _: json.loads(kept)["kid"])
    again = run("keys", "new", "--reviewer", ANA, "-o", tmp_path)

    assert again.code == ExitCode.FAILED
    assert "exists" in again.err
    assert private.read_bytes() == kept


def test_a_name_steers_no_path(tmp_path: Path) -> None:
    private, _ = new_key(tmp_path, "../../etc/ana")
    assert private.parent == tmp_path


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 257])
def test_nobody_gets_no_key(tmp_path: Path, name: str) -> None:
    made = run("keys", "new", "--reviewer", name, "-o", tmp_path)
    assert made.code == ExitCode.USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_revoked_once_and_stays_in_the_set(tmp_path: Path) -> None:
    _, public = new_key(tmp_path)
    keys, kid = tmp_path / "keys.json", json.loads(public.read_text())["kid"]
    run("keys", "add", keys, public, "--not-before", "2026-01-01T00:00Z", "--not-after", WHEN)
    assert run("keys", "revoke", keys, kid[:8], "--at", WHEN).code == ExitCode.DONE
    [key] = run("keys", "list", keys, "--json").json()["keys"]

    assert (key["kid"], key["revokedAt"], key["notAfter"]) == (kid, "2026-03-31T18:00:00Z", "2026-03-31T18:00:00Z")
    assert "\t2026-03-31T18:00:00Z\n" in run("keys", "list", keys).out
    assert run("keys", "revoke", keys, kid).code == ExitCode.USAGE


def test_a_key_set_is_readable_by_the_app_and_keeps_its_mode(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    run("keys", "add", keys, new_key(tmp_path)[1])
    assert stat.S_IMODE(keys.stat().st_mode) == 0o644
    keys.chmod(0o640)
    run("keys", "add", keys, new_key(tmp_path)[1])

    assert stat.S_IMODE(keys.stat().st_mode) == 0o640
    assert len(json.loads(keys.read_text())["keys"]) == 2


def test_what_cannot_be_added_changes_nothing(tmp_path: Path) -> None:
    private, public = new_key(tmp_path)
    keys = tmp_path / "keys.json"
    run("keys", "add", keys, public)
    before = keys.read_bytes()
    for arguments, code, told in (
        ((private,), ExitCode.USAGE, "part of a private key"),
        ((public,), ExitCode.USAGE, "already"),
        ((tmp_path / "nowhere.json",), ExitCode.NOT_FOUND, "there is no file"),
        ((public, "--not-after", "tomorrow"), ExitCode.USAGE, "is not a time"),
        ((public, "--not-after", "2026-03-31T18:00"), ExitCode.USAGE, "no time zone"),
    ):
        ended = run("keys", "add", keys, *arguments)
        assert ended.code == code, ended.err
        assert told in ended.err
        assert json.loads(private.read_text())["d"] not in ended.err

    assert keys.read_bytes() == before


def test_an_unknown_kid_is_not_found(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    run("keys", "add", keys, new_key(tmp_path)[1])
    assert run("keys", "revoke", keys, "nobody").code == ExitCode.NOT_FOUND


def test_a_decision_is_not_signed_with_what_is_no_key_of_ones_own(tmp_path: Path) -> None:
    private, public = new_key(tmp_path)
    shared = tmp_path / "shared.json"
    shared.write_bytes(private.read_bytes())
    shared.chmod(0o640)
    (broken := tmp_path / "broken.json").touch(mode=0o600)
    for file, told in (
        (shared, "others may read the key file"),
        (public, "this is the public half; sign with the .private.json file"),
        (broken, "holds no signing key"),
        (tmp_path / "nowhere.json", "cannot be read"),
    ):
        ended = run("decide", "ab" * 32, "approve", "--sign", file)
        assert ended.code == ExitCode.USAGE
        assert told in ended.err, ended.err


def test_nobody_signs_for_somebody_else(tmp_path: Path) -> None:
    private, _ = new_key(tmp_path)
    ended = run("decide", "ab" * 32, "approve", "--as", "ben@example.org", "--sign", private)

    assert ended.code == ExitCode.USAGE
    assert "sign with your own key" in ended.err
    assert run("decide", "ab" * 32, "approve").code == ExitCode.USAGE


def attesting_key(folder: Path) -> tuple[Path, Path]:
    """Make a front door's key. Return its private key file and a file with the public key that was printed."""
    made = run("keys", "attest", "new", "-o", folder)
    assert made.code == ExitCode.DONE, made.err
    (private,) = folder.glob("*.private.json")
    public = folder / "door.json"
    public.write_text(made.out)
    return private, public


def test_a_front_doors_key_is_published_and_revoked(tmp_path: Path) -> None:
    private, public = attesting_key(tmp_path)
    door = tmp_path / "attestation-keys.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert json.loads(private.read_text())["d"] not in public.read_text()
    assert run("keys", "attest", "publish", door, public).code == ExitCode.DONE
    assert run("keys", "attest", "publish", door, public).code == ExitCode.USAGE

    [key] = parse_attestation_jwk_set(door.read_bytes(), "door").keys
    assert key.kid == key.thumbprint
    assert run("keys", "attest", "revoke", door, key.kid[:8], "--at", WHEN).code == ExitCode.DONE
    [revoked] = parse_attestation_jwk_set(door.read_bytes(), "door").keys
    assert (revoked.revoked_at or "") and revoked.revoked_at.isoformat() == WHEN
    assert run("keys", "attest", "revoke", door, key.kid[:8]).code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("altered", "said"),
    [
        ({}, "d: part of a private key, which nobody else may have"),
        ({"d": None, "crv": "P-384"}, "crv: "),
        ({"d": None, "alg": "EdDSA"}, "must be of the kind OKP"),
    ],
)
def test_what_is_no_public_key_of_a_front_door_is_not_published(
    tmp_path: Path, altered: dict[str, str | None], said: str
) -> None:
    private, _ = attesting_key(tmp_path)
    wrong = {name: value for name, value in (json.loads(private.read_text()) | altered).items() if value}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    ended = run("keys", "attest", "publish", tmp_path / "keys.json", tmp_path / "wrong.json")

    assert ended.code != ExitCode.DONE
    assert said in ended.err
    assert not (tmp_path / "keys.json").exists()


def test_what_pins_no_key_is_told(tmp_path: Path) -> None:
    _, public = attesting_key(tmp_path)
    for key, said in (
        (public, "this is the public half"),
        (tmp_path / "none.json", "cannot be read"),
        ("https://kv.vault.azure.net/keys/attestation", "names no version"),
    ):
        ended = run("keys", "attest", "pin", key)
        assert (ended.code, ended.out) == (ExitCode.USAGE, "")
        assert said in ended.err


def test_keys_of_people_and_of_the_front_door_do_not_mix(tmp_path: Path) -> None:
    _, door = attesting_key(tmp_path / "door")
    _, ana = new_key(tmp_path / "ana", alg="ES256")
    mixed = tmp_path / "mixed.json"

    assert run("keys", "add", mixed, door).code == ExitCode.USAGE
    assert run("keys", "attest", "publish", mixed, ana).code == ExitCode.USAGE
    assert not mixed.exists()
