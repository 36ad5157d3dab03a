"""The policy file: what it means, and that each mistake in it is told with its line."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.content import NOTE, REFUSE, Measure
from compliance.policy import Escalation, Part, Policy, Stage
from contracts.policy_file.parsing import PolicyError, parse_policies
from contracts.policy_file.policies import ClassRefusedError, Policies
from tests import builders

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
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


def resolved(text: str) -> Policy:
    """Return the policy of a file's default class, without its version."""
    return replace(parsed(text).resolve("default"), version="")


def parsed(text: str) -> Policies:
    """Parse a policy file that is right."""
    return parse_policies(text, "policies.yaml", {}.__getitem__)


def mistakes(text: str) -> str:
    """Return the mistakes found in a policy file."""
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
        assert resolved(SHIPPED.read_text(encoding="utf-8")) == resolved(DEFAULT)


class TestResolution:
    @pytest.mark.parametrize(
        ("name", "document_class"),
        [
            ("report.pdf", "default"),
            ("contracts/a.pdf", "contract"),
            ("contracts/nda/a.pdf", "nda"),
            ("contracts", "default"),
            ("Contracts/a.pdf", "contract"),
            ("CONTRACTS/NDA/a.pdf", "nda"),
            ("\uff23ontracts/a.pdf", "contract"),
            ("con\u200btracts/a.pdf", "contract"),
            ("contracts /a.pdf", "contract"),
            ("contracts\uff0fa.pdf", "contract"),
            ("contracts.pdf", "default"),
            ("old/contracts/a.pdf", "default"),
        ],
    )
    def test_the_longest_path_prefix_decides_where_nothing_was_submitted(self, name: str, document_class: str) -> None:
        assert parsed(THREE_CLASSES).class_of(name, None) == document_class

    @pytest.mark.parametrize(
        ("name", "prefix"),
        [
            ("contracts/nda/a.pdf", "contracts/nda/"),
            ("CONTRACTS/a.pdf", "contracts/"),
            ("contracts.pdf", None),
            ("", None),
        ],
    )
    def test_the_prefix_of_a_name_is_the_longest_as_the_file_spells_it(self, name: str, prefix: str | None) -> None:
        assert parsed(THREE_CLASSES).prefix_of(name) == prefix

    def test_the_submitted_class_comes_before_the_path(self) -> None:
        assert parsed(THREE_CLASSES).class_of("contracts/nda/a.pdf", "contract") == "contract"

    @pytest.mark.parametrize("submitted", ["invoice", "NDA", ""])
    def test_a_submitted_class_without_a_policy_falls_back_to_nothing(self, submitted: str) -> None:
        with pytest.raises(ClassRefusedError, match="there is no policy"):
            parsed(THREE_CLASSES).class_of("contracts/a.pdf", submitted)

    @pytest.mark.parametrize("name", ["contracts/a.pdf", "Contracts/a.pdf", "contracts/nda/a.pdf"])
    def test_a_prefix_that_binds_its_class_admits_no_other(self, name: str) -> None:
        bound = parsed(THREE_CLASSES.replace("contracts/\n", "contracts/\n    bindsPrefix: true\n", 1))
        named = bound.class_of(name, None)
        assert bound.class_of(name, named) == named
        for other in {"default", "contract", "nda"} - {named}:
            with pytest.raises(ClassRefusedError, match=f"begin with contracts/ have the class {named} and no other"):
                bound.class_of(name, other)
        assert bound.class_of("plans/a.pdf", "contract") == "contract"

    @given(
        st.sampled_from(["contracts/a.pdf", "straße/a.pdf", "Ünterlagen/x"]),
        st.sampled_from(["upper", "lower", "title", "swapcase"]),
        st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
        st.sampled_from(["", "\u200b", "\u00ad", "\ufe0f"]),
    )
    def test_no_spelling_of_a_name_changes_its_class(self, name: str, case: str, form: Form, unseen: str) -> None:
        prefix = name.partition("/")[0]
        bound = parsed(f"{DEFAULT}  - documentClass: bound\n    pathPrefix: {prefix}/\n    bindsPrefix: true\n")
        spelled = unicodedata.normalize(form, getattr(name, case)())
        spelled = f"{spelled[:2]}{unseen}{spelled[2:]}"
        assert bound.class_of(spelled, None) == "bound"
        with pytest.raises(ClassRefusedError):
            bound.class_of(spelled, "default")

    def test_a_class_without_a_policy_does_not_resolve(self) -> None:
        with pytest.raises(KeyError, match="invoice"):
            parsed(THREE_CLASSES).resolve("invoice")

    @pytest.mark.parametrize(("document_class", "approvals"), [("default", 1), ("contract", None), ("nda", 2)])
    def test_the_quorum_is_a_number_of_people_or_all_of_them(self, document_class: str, approvals: int | None) -> None:
        assert parsed(THREE_CLASSES).resolve(document_class).stages[0].parts[0].approvals_needed == approvals

    def test_the_key_sets_are_those_that_any_class_names(self) -> None:
        assert parsed(THREE_CLASSES).key_sets == frozenset()
        signed = THREE_CLASSES.replace("quorum: 2", "verificationKeys: keys.json")
        assert parsed(signed).key_sets == {"keys.json"}

    def test_a_finding_can_require_more_approvals(self) -> None:
        content = resolved(DEFAULT + "    content: {macros: {requireApprovals: 2}, encrypted: refuse}\n").content
        assert (content.macros, content.encrypted, content.active_content) == (Measure(approvals=2), REFUSE, NOTE)

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
    def test_a_list_whose_entries_are_wrong_is_not_called_empty(self):
        told = mistakes(DEFAULT + "    stages: [{name: one, quorum: sometimes}, {name: two, quorum: sometimes}]\n")
        places = [line.split(": ")[1] for line in told.splitlines()]
        assert places == ["policies.0.stages.0.quorum", "policies.0.stages.1.quorum"]

    @pytest.mark.parametrize(
        ("entry", "told"),
        [
            ("quorum: most", "any, all or a whole number from 1 to 100"),
            ("quorum: 0", "any, all or a whole number from 1 to 100"),
            ("quorum: 101", "any, all or a whole number from 1 to 100"),
            ("quorum: yes", "any, all or a whole number from 1 to 100"),
            ('quorum: "2"', "any, all or a whole number from 1 to 100"),
            ("quorum: all", "needs a list of reviewers"),
            ("{quorum: 2, reviewers: [rita]}", "the quorum is 2, the number of reviewers 1"),
            ('reviewers: ["\u200b"]', "must name somebody"),
            ('reviewers: ["group:legal"]', "there is no group 'legal'; the file has none yet"),
            ("{quorum: 2, stages: [{name: one}]}", "quorum: the stages name the reviewers"),
            ("{reviewers: [rita], stages: [{name: one}]}", "reviewers: the stages name the reviewers"),
            ("stages: []", "stages: it is empty; fill it in, or remove the key"),
            ("stages: [one]", "stages.0: keys with values are expected"),
            (
                "content: {allowedTypes: [.PDF]}",
                "content.allowedTypes.0: an extension in lowercase letters without the dot",
            ),
            ("version: 7", "version: this key belongs elsewhere in the file"),
            ("stages: [{}]", "stages.0.name: it is missing; add it"),
            ("stages: [{name: One}]", "stages.0.name: a name of lowercase letters"),
            ("stages: [{name: one}, {name: one}]", "stages.1.name: another stage is called 'one'"),
            ("stages: [{name: one, groups: {}}]", "stages.0.groups"),
            ("stages: [{name: one, groups: {legal: any}}]", "stages.0.groups.legal: there is no group 'legal'"),
            (
                "stages: [{name: one, groups: {legal: any}, quorum: 2}]",
                "stages.0.quorum: the groups name the reviewers",
            ),
            ("stages: [{name: one, quorum: all}]", "stages.0.quorum: quorum all needs a list"),
            ("stages: [{name: one, quorum: 60}, {name: two, quorum: 41}]", "101 approvals are needed in all"),
            ("reminderHours: 24", "reminderHours: a list is expected, such as [a, b]"),
            ("reminderHours: [24, 72]", "reminderHours.1: the review ends after 72 hours"),
            ("escalation: {afterHours: 72, to: [boss]}", "escalation.afterHours: the deadline is after 72 hours"),
            ("escalation: {afterHours: 24, to: []}", "escalation.to"),
            ('escalation: {afterHours: 24, to: ["group:x"]}', "escalation.to.0: there is no group 'x'"),
            ("escalation: {afterHours: 24}", "escalation.to: it is missing"),
            ("calendar: office", "calendar: there is no calendar 'office'"),
            ("proof: signed", "proof: none, signIn, code or ownKey is expected"),
            ("proof: ownKey", "proof: ownKey needs verificationKeys"),
            ("proof: code", "proof: code comes with a later version; write none, signIn or ownKey"),
            ("submitterProof: ownKey", "submitterProof: none or signIn is expected"),
            ("statement: I have read it", "statement: only with proof: signIn does the front door show it"),
            ("verificationKeys: /keys.json", "verificationKeys: the path of a .json file"),
            (
                "{content: {macros: {requireApprovals: 3}}, reviewers: [rita, raj]}",
                "with requireApprovals 3: the quorum is 3",
            ),
            ("rejectVeto: maybe", "rejectVeto"),
            ("reviewers: rita", "reviewers"),
            ('reviewers: [rita, ""]', "reviewers.1"),
            ('reviewers: [" "]', "reviewers.0"),
            ("reviewers: [rita, raj, RITA]", "'RITA' appears twice"),
            ("reviewers: [r@x.org, Rita <R@x.org>]", "'Rita <R@x.org>' appears twice"),
            (
                "{reviewers: [r@x.org], escalation: {afterHours: 24, to: ['mailto:r@x.org']}}",
                "escalation.to.0: 'mailto:r@x.org' is the person who is 'r@x.org' elsewhere; write one of the two",
            ),
            ("deadlineHours: 0", "greater than 0"),
            ("deadlineHours: -1", "greater than 0"),
            ("deadlineHours: .nan", "deadlineHours"),
            ("deadlineHours: .inf", "less than or equal to 8760"),
            ("deadlineHours: 3 days", "a number is expected"),
            ('deadlineHours: "72"', "a number is expected"),
            ("deadlineHours: yes", "a number is expected"),
            ("deadlineHours:", "a number is expected"),
            ("graceSeconds: 3601", "0, or a whole number of seconds from 30 to 3600"),
            ("graceSeconds: 29", "0, or a whole number of seconds from 30 to 3600"),
            ("graceSeconds: 1.5", "0, or a whole number of seconds from 30 to 3600"),
            ("separationOfDuties: 0", "true or false is expected"),
            ('separationOfDuties: "off"', "true or false is expected"),
            ("archiveTier: cool", "'Cool'"),
            ("archiveTier: Archive", "archiveTier"),
            ("maxBytes: 5 GiB", "a whole number is expected"),
            ('pathPrefix: ""', "pathPrefix"),
            ('pathPrefix: " "', "pathPrefix: nothing of it can be seen"),
            ('pathPrefix: "\u200b"', "pathPrefix: nothing of it can be seen"),
            ("pathPrefix: /contracts/", "pathPrefix: no document's name begins with a slash; remove it"),
            ("pathPrefix: contracts\\", "pathPrefix: storage has / where it says \\; write /"),
            ("pathPrefix: contracts/*", "pathPrefix: a prefix is no pattern"),
            ('pathPrefix: "**/*.pdf"', "pathPrefix: a prefix is no pattern"),
            ("pathPrefix: my%20contracts/", "pathPrefix: names are not percent-encoded"),
            ("pathPrefix: contracts//nda/", "pathPrefix: no document's name begins with it: a name must not begin"),
            ("pathPrefix: ./contracts/", "pathPrefix: no document's name begins with it"),
            ("pathPrefix: contracts./", "pathPrefix: no document's name begins with it: a name must not have a dot"),
            (f"pathPrefix: {'c' * 1024}", "pathPrefix: no document's name begins with it: a name must have at most"),
            ("bindsPrefix: true", "bindsPrefix: there is no prefix to bind"),
            ("bindsPrefix: 1", "bindsPrefix: true or false is expected"),
            ("requireProof: true", "requireProof: unknown key; write proof: ownKey in place of requireProof: true"),
            ("deadline: 72", "deadline: unknown key"),
            ("deadline_hours: 72", "deadline_hours: unknown key; did you mean deadlineHours?"),
            ("xyz: 72", "xyz: unknown key; remove it"),
        ],
    )
    def test_a_mistake_is_told_with_file_line_and_place(self, entry: str, told: str) -> None:
        text = f"{DEFAULT}  - documentClass: other\n    {entry}\n"
        if entry.startswith("{"):
            text = f"{DEFAULT}  - {{documentClass: other, {entry[1:]}\n"
        lines = mistakes(text).splitlines()

        assert all(line.startswith(("policies.yaml:4: policies.1", "policies.yaml:5: policies.1")) for line in lines)
        assert any(told in line for line in lines)

    @pytest.mark.parametrize("key", ["deadlineHours", "graceSeconds", "reminderHours", "proof", "quorum"])
    @pytest.mark.parametrize(
        "value",
        [
            "0001-01-01 00:00:00 +23:59",
            "9999-12-31 23:59:59 -14:00",
            "2026-13-45",
            "1" * 5000,
            "0x" + "f" * 5000,
            "1e400",
            "1" * 60,
            ".nan",
            ".inf",
            "-.inf",
            '!!int "x"',
            '!!int ""',
            '!!float ":"',
            '!!bool "x"',
            '!!timestamp "x"',
            '!!timestamp "0001-01-01T00:00:00+23:59"',
        ],
    )
    def test_a_value_that_python_has_no_room_for_is_a_mistake_like_any_other(self, key: str, value: str) -> None:
        with pytest.raises(PolicyError):
            parsed(DEFAULT + f"    {key}: {value}\n")

    def test_off_is_a_word_although_yaml_takes_it_for_false(self) -> None:
        found = parsed(f"{DEFAULT}    content: {{malwareScan: off}}\n").resolve("default")
        assert found == parsed(DEFAULT).resolve("default")

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
            ("policies: []\n", "version: it is missing; add it"),
            ('version: "1"\n', "policies: it is missing; add it"),
            ("version: 1\npolicies: [{documentClass: default}]\n", "version: text is expected; put it in quotes"),
            ('version: "1"\npolicies: []\n', "class 'default' is missing"),
            ('version: "1"\npolicies: [{documentClass: invoice}]\n', "class 'default' is missing"),
            (
                DEFAULT + "  - documentClass: default\n",
                ":4: policies.1.documentClass: the class 'default' has a policy already",
            ),
            (DEFAULT + "  - documentClass: Contract A\n", "policies.yaml:4: policies.1.documentClass"),
            (DEFAULT + "    quorum: 2\n    quorum: any\n", "policies.yaml:5: the key 'quorum' appears twice"),
            (DEFAULT + "    quorum: [\n", "policies.yaml:5: not YAML"),
            (DEFAULT + "\tquorum: any\n", "policies.yaml:4: not YAML"),
            ("version: !!python/object/apply:os.getcwd []\n", "policies.yaml:1: not YAML"),
            ("\x00", "policies.yaml: not YAML"),
            ("version: 2026-99-99\n", "policies.yaml: not YAML: month must be in 1..12"),
            ("[" * 5000, "policies.yaml: not YAML: nested too deeply"),
        ],
    )
    def test_a_file_of_another_shape_is_refused(self, text: str, told: str) -> None:
        assert told in mistakes(text)


WITH_GROUPS = """\
version: "7"
groups:
  legal: [lena@example.org, luis@example.org]
  finance: [fay@example.org, finn@example.org, lena@example.org]
policies:
  - documentClass: default
"""
PATHS = "  - {documentClass: one, pathPrefix: a/}\n  - {documentClass: two, pathPrefix: a/}\n"


class TestGroupsAndStages:
    def stages(self, entry: str) -> tuple[Stage, ...]:
        return parsed(f"{WITH_GROUPS}    {entry}\n").resolve("default").stages

    def test_groups_are_spelled_out_each_with_its_own_quorum(self) -> None:
        [stage] = self.stages("stages: [{name: both, groups: {legal: all, finance: any}}]")
        assert stage == Stage(
            "both",
            (
                Part(("lena@example.org", "luis@example.org"), None, "legal"),
                Part(("fay@example.org", "finn@example.org", "lena@example.org"), 1, "finance"),
            ),
        )

    def test_people_and_groups_may_be_mixed_and_each_person_is_one(self) -> None:
        [stage] = self.stages('reviewers: ["group:finance", "group:legal", rita]\n    quorum: 3')
        assert stage.parts == (
            Part(("fay@example.org", "finn@example.org", "lena@example.org", "luis@example.org", "rita"), 3),
        )

    def test_stages_keep_their_order_and_one_without_reviewers_is_open_to_anyone(self) -> None:
        assert self.stages('stages: [{name: legal, reviewers: ["group:legal"]}, {name: anyone, quorum: 2}]') == (
            Stage("legal", (Part(("lena@example.org", "luis@example.org"), 1),)),
            Stage("anyone", (Part((), 2),)),
        )

    @pytest.mark.parametrize(
        ("stages", "told"),
        [
            ("{name: a, groups: {legal: 3}}", "stages.0.groups.legal: the quorum is 3, the number of reviewers 2"),
            ("{name: a, groups: {legal: all, finance: all}}", "stages: there are too few people for all approvals"),
            ("{name: a, groups: {legal: all}}, {name: b, groups: {legal: any}}", "too few people for all approvals"),
            ("{name: a, groups: {legal: any}}, {name: b, groups: {finance: all}}", "stages.1: 3 of 3 people must"),
            (
                "{name: a, quorum: any}, {name: b, groups: {legal: all}}",
                "stages.1: 2 of 2 people must",
            ),
            ("{name: a, quorum: 2}, {name: b, reviewers: [x, y]}", "stages.1: 1 of 2 people must approve here, but 2"),
        ],
    )
    def test_a_quorum_that_nobody_could_reach_is_refused(self, stages: str, told: str) -> None:
        assert told in mistakes(f"{WITH_GROUPS}    stages: [{stages}]\n")

    @pytest.mark.parametrize(
        "stages",
        [
            "{name: a, groups: {legal: all, finance: 2}}",
            "{name: a, groups: {finance: any}}, {name: b, groups: {finance: any}}",
            "{name: a, quorum: any}, {name: b, groups: {legal: any}}",
            "{name: a, groups: {legal: all}}, {name: b, groups: {finance: 2}}",
        ],
    )
    def test_people_may_be_named_in_several_places_while_there_are_enough_of_them(self, stages: str) -> None:
        assert self.stages(f"stages: [{stages}]")

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ("legal: []", "3: groups.legal"),
            ("legal: [rita, RITA]", "3: groups.legal.1: 'RITA' appears twice"),
            (
                "legal: [Fay <fay@example.org>]",
                "4: groups.finance.0: 'fay@example.org' is the person who is 'Fay <fay@example.org>' elsewhere",
            ),
            ('legal: [rita, "group:finance"]', "3: groups.legal.1: a group cannot contain another group"),
            ("Legal: [rita]", "3: groups.Legal: a name of lowercase letters"),
        ],
    )
    def test_a_group_names_people(self, changed: str, told: str) -> None:
        text = WITH_GROUPS.replace("legal: [lena@example.org, luis@example.org]", changed)
        assert f"policies.yaml:{told}" in mistakes(text)

    @pytest.mark.parametrize("spelled", ["Contracts/", '"contracts\\u200b/"', "\uff23ontracts/", '"contracts /"'])
    def test_two_prefixes_that_differ_only_in_spelling_are_one(self, spelled: str) -> None:
        assert "policies.yaml:9: policies.2.pathPrefix: another class has the same prefix" in mistakes(
            THREE_CLASSES.replace("contracts/nda/", spelled)
        )

    @pytest.mark.parametrize(
        ("pattern", "told"),
        [
            ('"*"', "it would ignore every document"),
            ('"**/*"', "it would ignore every document"),
            ("/*.tmp", "no document's name begins with a slash"),
            ("drafts\\*", "storage has / where"),
            ('""', "it is empty"),
            ("7", "text is expected"),
        ],
    )
    def test_a_pattern_that_ignores_nothing_or_everything_is_told(self, pattern: str, told: str) -> None:
        assert f"policies.yaml:1: ignore.1: {told}" in mistakes(f"ignore: ['*.bak', {pattern}]\n{DEFAULT}")

    def test_a_prefix_of_ignored_documents_alone_is_told(self) -> None:
        text = THREE_CLASSES.replace("policies:", "ignore: [Contracts/nda/*]\npolicies:")
        told = "policies.yaml:10: policies.2.pathPrefix: the key ignore leaves out all documents below it"
        assert told in mistakes(text)
        parsed(text.replace("nda/*", "nda/*.bak"))

    @pytest.mark.parametrize(
        ("name", "ignored"),
        [("a.BAK", True), ("x/a.bak", True), ("Drafts/a.pdf", True), ("x/drafts/a.pdf", False), (".DS_Store", False)],
    )
    def test_the_list_of_the_file_replaces_the_default_one(self, name: str, ignored: bool) -> None:
        assert parsed(f"ignore: ['*.bak', drafts/*]\n{DEFAULT}").ignores(name, 3, {}) is ignored

    @pytest.mark.parametrize(
        ("name", "ignored"),
        [
            *(
                (name, True)
                for name in (".~lock.plan.odt#", "x/scan.PDF.part", "a.pdf.filepart", ".azDownload-1-a.pdf")
            ),
            *((name, True) for name in ("x/.nfs0001", ".fuse_hidden0001", "a.pdf.download", "EhThumbs.db")),
            *((name, False) for name in ("part.pdf", "a.part.pdf", "lock.odt", "a.pdf", "report_$folder$")),
        ],
    )
    def test_what_is_still_written_or_belongs_to_a_program_is_ignored(self, name: str, ignored: bool) -> None:
        assert parsed(DEFAULT).ignores(name, 3, {}) is ignored

    def test_so_is_the_mark_of_a_folder(self) -> None:
        assert all(parsed(DEFAULT).ignores(name, 0, {}) for name in ("a/", "a\\", "a_$folder$", "x/A_$FOLDER$"))

    def test_brackets_in_a_pattern_stand_for_themselves(self) -> None:
        policies = parsed(f"ignore: ['[draft]*']\n{DEFAULT}")
        assert policies.ignores("[Draft] plan.pdf", 3, {})
        assert not policies.ignores("agreement.pdf", 3, {})

    def test_two_classes_cannot_share_a_prefix(self) -> None:
        assert "policies.yaml:8: policies.2.pathPrefix: another class has the same prefix" in mistakes(
            WITH_GROUPS + PATHS
        )

    def test_a_policy_that_no_review_could_keep_is_refused(self) -> None:
        people = ", ".join(f"person-{number}-{'x' * 200}" for number in range(100))
        stages = "".join(f"      - {{name: s{number}, reviewers: [{people}]}}\n" for number in range(2))
        assert "characters; at most 30000 fit" in mistakes(f"{WITH_GROUPS}    stages:\n{stages}")

    def test_a_policy_that_no_review_could_keep_once_it_is_escalated_is_refused(self) -> None:
        told = ", ".join(f"person-{number}-{'x' * 40}" for number in range(100))
        stages = "".join(f"      - {{name: s{number}, reviewers: [a{number}, b{number}]}}\n" for number in range(6))
        escalation = f"    escalation: {{afterHours: 24, to: [{told}]}}\n"
        parsed(f"{WITH_GROUPS}    stages:\n{stages}")

        assert "characters; at most 30000 fit" in mistakes(f"{WITH_GROUPS}{escalation}    stages:\n{stages}")

    def test_the_hash_covers_the_people_of_a_group(self) -> None:
        text = WITH_GROUPS + '    reviewers: ["group:legal"]\n'
        other = text.replace("luis", "lars")
        assert parsed(text).resolve("default").sha256 != parsed(other).resolve("default").sha256


class TestTimes:
    def test_reminders_and_escalation_are_times_after_the_request(self) -> None:
        text = WITH_GROUPS + (
            "    reminderHours: [48, 24]\n"
            '    escalation: {afterHours: 60, to: [boss, "group:legal"], extendsDeadlineHours: 12.5}\n'
        )
        policy = parsed(text).resolve("default")
        assert policy.reminders == (timedelta(hours=24), timedelta(hours=48))
        assert policy.escalation == Escalation(
            timedelta(hours=60), ("boss", "lena@example.org", "luis@example.org"), timedelta(hours=12.5)
        )
