"""The policy file: what it means, and that each mistake in it is told with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.policy_file import PolicyFile
from contracts.policy_yaml import PolicyError, parse_policies
from tests import builders

SHIPPED = Path(__file__).parents[3] / "policies" / "default.yaml"
DEFAULT = """\
version: "7"
policies:
  - documentClass: default
"""
THREE_CLASSES = """\
version: "7"
policies:
  - documentClass: default
  - documentClass: contract
    pathPrefix: contracts/
    quorum: all
    reviewers: [rita@example.org, raj@example.org]
  - documentClass: nda
    pathPrefix: contracts/nda/
    quorum: 2
    deadlineHours: 0.5
"""


def parsed(text: str) -> PolicyFile:
    """A policy file that is right."""
    return parse_policies(text, "policies.yaml")


def mistakes(text: str) -> str:
    """What is told of a policy file that is wrong."""
    with pytest.raises(PolicyError) as refused:
        parsed(text)
    return str(refused.value)


class TestShipped:
    def test_it_is_the_policy_of_the_brief(self) -> None:
        policy = parsed(SHIPPED.read_text(encoding="utf-8")).resolve("default")
        assert (policy.stages, policy.separation_of_duties) == (builders.policy().stages, True)
        assert (policy.deadline, policy.grace) == (timedelta(hours=72), timedelta(seconds=60))
        assert (policy.archive_tier, policy.comment_required_on_reject) == ("Cool", False)

    def test_it_spells_out_what_a_class_without_any_setting_gets(self) -> None:
        assert parsed(SHIPPED.read_text(encoding="utf-8")).policies == parsed(DEFAULT).policies


class TestResolution:
    @pytest.mark.parametrize(
        ("name", "document_class"),
        [
            ("report.pdf", "default"),
            ("contracts/a.pdf", "contract"),
            ("contracts/nda/a.pdf", "nda"),
            ("contracts", "default"),
            ("Contracts/a.pdf", "default"),
            ("old/contracts/a.pdf", "default"),
        ],
    )
    def test_the_longest_path_prefix_decides_where_nothing_was_submitted(self, name: str, document_class: str) -> None:
        assert parsed(THREE_CLASSES).class_of(name, None) == document_class

    def test_the_submitted_class_comes_before_the_path(self) -> None:
        assert parsed(THREE_CLASSES).class_of("contracts/nda/a.pdf", "contract") == "contract"

    @pytest.mark.parametrize("submitted", ["invoice", "NDA", ""])
    def test_a_submitted_class_without_a_policy_falls_back_to_nothing(self, submitted: str) -> None:
        with pytest.raises(KeyError):
            parsed(THREE_CLASSES).class_of("contracts/a.pdf", submitted)

    def test_a_class_without_a_policy_does_not_resolve(self) -> None:
        with pytest.raises(KeyError, match="invoice"):
            parsed(THREE_CLASSES).resolve("invoice")

    @pytest.mark.parametrize(("document_class", "approvals"), [("default", 1), ("contract", 2), ("nda", 2)])
    def test_the_quorum_is_a_number_of_people(self, document_class: str, approvals: int) -> None:
        assert parsed(THREE_CLASSES).resolve(document_class).stages[0].parts[0].approvals_needed == approvals

    def test_durations_keep_their_fractions(self) -> None:
        assert parsed(THREE_CLASSES).resolve("nda").deadline == timedelta(minutes=30)

    def test_version_and_hash_tell_which_rules_a_review_followed(self) -> None:
        file = parsed(THREE_CLASSES)
        assert file.resolve("nda").version == "7"
        hashes = {file.resolve(name).sha256 for name in ("default", "contract", "nda")}
        assert len(hashes) == 3
        assert parsed(THREE_CLASSES.replace("0.5", "0.25")).resolve("nda").sha256 not in hashes
        assert parsed(THREE_CLASSES.replace("0.5", "0.25")).resolve("contract").sha256 in hashes


class TestMistakes:
    @pytest.mark.parametrize(
        ("entry", "told"),
        [
            ("quorum: most", "'any' or 'all'"),
            ("quorum: 0", "greater than or equal to 1"),
            ("quorum: yes", "quorum"),
            ('quorum: "2"', "quorum"),
            ("quorum: all", "needs a list of reviewers"),
            ("{quorum: 2, reviewers: [rita]}", "cannot be reached by 1 reviewer"),
            ("reviewers: rita", "reviewers"),
            ('reviewers: [rita, ""]', "reviewers.1"),
            ('reviewers: [" "]', "reviewers.0"),
            ("reviewers: [rita, raj, RITA]", "'RITA' appears twice"),
            ("deadlineHours: 0", "greater than 0"),
            ("deadlineHours: -1", "greater than 0"),
            ("deadlineHours: .nan", "deadlineHours"),
            ("deadlineHours: .inf", "less than or equal to 8760"),
            ("deadlineHours: 3 days", "valid number"),
            ('deadlineHours: "72"', "valid number"),
            ("deadlineHours: yes", "valid number"),
            ("deadlineHours:", "valid number"),
            ("graceSeconds: 3601", "less than or equal to 3600"),
            ("graceSeconds: 1.5", "valid integer"),
            ("separationOfDuties: 0", "valid boolean"),
            ('separationOfDuties: "off"', "valid boolean"),
            ("archiveTier: cool", "'Cool'"),
            ("archiveTier: Archive", "archiveTier"),
            ("maxBytes: 5 GiB", "valid integer"),
            ('pathPrefix: ""', "pathPrefix"),
            ("deadline: 72", "deadline: unknown key"),
            ("deadline_hours: 72", "deadline_hours: unknown key"),
        ],
    )
    def test_a_mistake_is_told_with_file_line_and_place(self, entry: str, told: str) -> None:
        text = f"{DEFAULT}  - documentClass: other\n    {entry}\n"
        if entry.startswith("{"):
            text = f"{DEFAULT}  - {{documentClass: other, {entry[1:]}\n"
        lines = mistakes(text).splitlines()
        assert all(line.startswith(("policies.yaml:4: policies.1", "policies.yaml:5: policies.1")) for line in lines)
        assert any(told in line for line in lines)

    def test_the_line_is_the_one_of_the_value(self) -> None:
        assert mistakes(THREE_CLASSES.replace("0.5", "soon")).startswith("policies.yaml:11: policies.2.deadlineHours: ")

    def test_all_mistakes_are_told_at_once(self) -> None:
        told = mistakes(THREE_CLASSES.replace("0.5", "soon").replace("all", "most")).splitlines()
        assert {line.split(": ")[0] for line in told} == {"policies.yaml:6", "policies.yaml:11"}

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "policies.yaml:1: "),
            ("- default\n", "policies.yaml:1: "),
            ("policies: []\n", "version: Field required"),
            ('version: "1"\n', "policies: Field required"),
            ("version: 1\npolicies: [{documentClass: default}]\n", "version: Input should be a valid string"),
            ('version: "1"\npolicies: []\n', "class 'default' is missing"),
            ('version: "1"\npolicies: [{documentClass: invoice}]\n', "class 'default' is missing"),
            (DEFAULT + "  - documentClass: default\n", "appear twice: default"),
            (DEFAULT + "  - documentClass: Contract A\n", "policies.yaml:4: policies.1.documentClass"),
            (DEFAULT + "    quorum: 2\n    quorum: any\n", "policies.yaml:5: the key 'quorum' appears twice"),
            (DEFAULT + "    quorum: [\n", "policies.yaml:5: not YAML"),
            (DEFAULT + "\tquorum: any\n", "policies.yaml:4: not YAML"),
            ("version: !!python/object/apply:os.getcwd []\n", "policies.yaml:1: not YAML"),
            ("\x00", "policies.yaml: not YAML"),
        ],
    )
    def test_a_file_of_another_shape_is_refused(self, text: str, told: str) -> None:
        assert told in mistakes(text)
