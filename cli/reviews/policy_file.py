"""A policy file that is being checked, in words and as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from adapters.attestation_keys import attestation_keys_of
from adapters.policies import PolicyError, check_vouched_classes, load_policies
from adapters.verification_keys import check_key_sets
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.terminal import print_facts, print_json, print_table, say
from contracts.blob_path import BlobNameError, canonical_name
from contracts.policy_file.policies import ClassRefusedError, Policies
from contracts.proofs.key_set import SETTING, KeySetError
from reviews.wording.rules import rules, stage_in_words, time_in_words


class ClassJson(JsonOutput):
    """A document class of the file."""

    document_class: str
    path_prefix: str | None
    binds_prefix: bool
    sha256: str  # of its rules


class PolicyFileJson(JsonOutput):
    """A policy file without mistakes."""

    version: str
    classes: tuple[ClassJson, ...]
    document_class: str | None


def check_policy_file(
    file: Path, name: str | None, document_class: str | None, attestation_keys: str | None, *, as_json: bool
) -> None:
    """Print what a policy file says, of one class if a name or a class is given. Raises CommandError, or ends.

    `attestation_keys` is the setting with the front door's keys.
    """
    found = _read(file, attestation_keys)
    chosen = (
        _selected_class(found, file, name, document_class) if name is not None or document_class is not None else None
    )
    if as_json:
        print_json(_policy_file(found, chosen))
    elif chosen is None:
        say(f"{file} is good: version {found.version}.")
        print_table(("Class", "Names", "Stages", "Time"), _overview(found))
    else:
        print_facts([("Class", _class_in_words(found, chosen, name, document_class)), *rules(found.resolve(chosen))])


def _read(file: Path, attestation_keys: str | None) -> Policies:
    try:
        found = load_policies(file)
        front_door = attestation_keys_of(attestation_keys)
        check_key_sets({name for name in found.key_sets if not name.startswith(SETTING)}, file, {}, front_door)
        check_vouched_classes(found, file, front_door)
    except (PolicyError, KeySetError) as error:
        say(str(error), keep_lines=True)
        raise click.exceptions.Exit(ExitCode.FAILED) from error
    return found


def _policy_file(found: Policies, chosen: str | None) -> PolicyFileJson:
    prefixes = {kind: prefix for prefix, kind in found.class_by_prefix.items()}
    classes = (
        ClassJson(
            document_class=kind,
            path_prefix=prefixes.get(kind),
            binds_prefix=prefixes.get(kind) in found.binding,
            sha256=rules_of.sha256,
        )
        for kind, rules_of in found.by_class.items()
    )
    return PolicyFileJson(version=found.version, classes=tuple(classes), document_class=chosen)


def _selected_class(found: Policies, file: Path, name: str | None, document_class: str | None) -> str:
    try:
        return found.class_of(canonical_name(name) if name is not None else "", document_class)
    except BlobNameError as error:
        raise CommandError(f"the app would refuse the document: its name {error}", ExitCode.USAGE) from error
    except ClassRefusedError as error:
        known = ", ".join(found.by_class)
        raise CommandError(f"the app would refuse the document: {error}; classes in {file}: {known}") from error


def _class_in_words(found: Policies, chosen: str, name: str | None, document_class: str | None) -> str:
    if document_class is not None:
        return f"{chosen}, as submitted"
    prefix = found.prefix_of(name or "")
    return f"{chosen}: the name begins with {prefix}" if prefix else f"{chosen}: no path prefix fits"


def _names_in_words(found: Policies, kind: str, prefix: str | None) -> str:
    if prefix:
        return f"{prefix}*" + (", and no other class there" if prefix in found.binding else "")
    return "all others" if kind == "default" else "as submitted"


def _overview(found: Policies) -> list[tuple[str, ...]]:
    prefixes = {kind: prefix for prefix, kind in found.class_by_prefix.items()}
    return [
        (
            kind,
            _names_in_words(found, kind, prefixes.get(kind)),
            "; then ".join(f"{stage.name}: {stage_in_words(stage)}" for stage in rules_of.stages),
            time_in_words(rules_of),
        )
        for kind, rules_of in found.by_class.items()
    ]
