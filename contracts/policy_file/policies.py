"""The policies of a deployment as the rules use them: names looked up, groups spelled out, calendars complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import TypeAdapter

from compliance.people.identity import person_key
from compliance.people.levels import Level
from compliance.policy import Calendar, Escalation, Part, Policy, Stage
from compliance.policy_changes import add_reviewers
from contracts.blob_path import comparable_name
from contracts.digest import digest_of
from contracts.policy_file.calendar import calendar_of, dates_in
from contracts.policy_file.name_patterns import DEFAULT_IGNORED, is_no_document
from contracts.policy_file.shape import GROUP, PolicyFile, Quorum, ReviewPolicy

ReadText = Callable[[str], str]  # a file beside the policy file; raises OSError, UnicodeDecodeError

_POLICY = TypeAdapter(Policy)
_SINGLE = "review"  # the only stage of a policy that names none


class ClassRefusedError(ValueError):
    """A document may not have the class that it was submitted with; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of all document classes."""

    version: str
    by_class: Mapping[str, Policy]
    class_by_prefix: Mapping[str, str]
    binding: frozenset[str] = frozenset()  # prefixes whose documents have no other class
    ignored: tuple[str, ...] = DEFAULT_IGNORED

    def class_of(self, name: str, submitted: str | None) -> str:
        """Return the document class: as submitted, else by the longest matching path prefix, else `default`.

        Raises ClassRefusedError if the submitted class has no policy, or if a prefix of the name demands another one.
        """
        prefixes = self._prefixes_of(name)
        named = self.class_by_prefix[prefixes[-1]] if prefixes else "default"
        if submitted is None:
            return named
        if submitted not in self.by_class:
            raise ClassRefusedError(f"there is no policy for the document class {submitted!r}")
        bound = next((prefix for prefix in prefixes if prefix in self.binding), None)
        if bound and submitted != named:
            text = f"documents whose names begin with {bound} have the class {named} and no other, not {submitted!r}"
            raise ClassRefusedError(f"{text}; submit it without a class, or under another name")
        return submitted

    def ignores(self, name: str, length: int | None, metadata: Mapping[str, str]) -> bool:
        """Return whether a blob is no document: a file of the ignore list, or a folder. `length` is None if unknown."""
        return is_no_document(name, length, metadata, self.ignored)

    def prefix_of(self, name: str) -> str | None:
        """Return the longest path prefix that a document's name begins with, or None."""
        return next(reversed(self._prefixes_of(name)), None)

    def _prefixes_of(self, name: str) -> list[str]:
        """Return the path prefixes that a name begins with, shortest first, whatever their spelling."""
        compared = comparable_name(name)
        found = [prefix for prefix in self.class_by_prefix if compared.startswith(comparable_name(prefix))]
        return sorted(found, key=lambda prefix: len(comparable_name(prefix)))

    def resolve(self, document_class: str) -> Policy:
        """Return the policy of a class. Raises KeyError if it has none."""
        return self.by_class[document_class]

    @property
    def key_sets(self) -> frozenset[str]:
        """The key sets that the policies name."""
        return frozenset(policy.verification_keys for policy in self.by_class.values() if policy.verification_keys)

    def size_of(self, document_class: str) -> int:
        """Return how many UTF-16 units a policy has in a review's head after its escalation."""
        policy = self.resolve(document_class)
        if policy.escalation:
            policy = add_reviewers(policy, 0, policy.escalation.to, frozenset())
        return len(_POLICY.dump_json(policy).decode().encode("utf-16-le")) // 2


def resolve_policies(file: PolicyFile, read: ReadText) -> Policies:
    """Make the policies of a file in which `contracts.policy_file.checks` found no mistake."""
    calendars = {
        name: calendar_of(
            entry, tuple(dates_in(read(entry.holidays_file), entry.holidays_file)) if entry.holidays_file else ()
        )
        for name, entry in file.calendars.items()
    }
    return Policies(
        version=file.version,
        by_class={entry.document_class: _policy(entry, file, calendars) for entry in file.policies},
        class_by_prefix={entry.path_prefix: entry.document_class for entry in file.policies if entry.path_prefix},
        ignored=file.ignore,
        binding=frozenset(entry.path_prefix for entry in file.policies if entry.path_prefix and entry.binds_prefix),
    )


def stages_of(entry: ReviewPolicy, file: PolicyFile) -> tuple[Stage, ...]:
    """Make the stages of a policy, with the members of each group. Raises KeyError for a group that the file lacks."""
    if not entry.stages:
        return (Stage(_SINGLE, (_part(people_of(entry.reviewers, file), entry.quorum),)),)
    return tuple(
        Stage(
            stage.name,
            tuple(_part(people_of((GROUP + name,), file), quorum, name) for name, quorum in stage.groups.items())
            or (_part(people_of(stage.reviewers, file), stage.quorum),),
        )
        for stage in entry.stages
    )


def people_of(names: tuple[str, ...], file: PolicyFile) -> tuple[str, ...]:
    """List these people and the members of the groups among them, each once. Raises KeyError for an unknown group."""
    first_spellings: dict[str, str] = {}
    for name in _expand_groups(names, file):
        first_spellings.setdefault(person_key(name), name)
    return tuple(first_spellings.values())


def _expand_groups(names: tuple[str, ...], file: PolicyFile) -> Iterator[str]:
    for name in names:
        if name.startswith(GROUP):
            yield from file.groups[name.removeprefix(GROUP)]
        else:
            yield name


def _part(people: tuple[str, ...], quorum: Quorum, group: str | None = None) -> Part:
    match quorum:
        case "any":
            return Part(people, 1, group)
        case "all":
            return Part(people, None, group)
        case number:
            return Part(people, number, group)


def _policy(entry: ReviewPolicy, file: PolicyFile, calendars: Mapping[str, Calendar]) -> Policy:
    escalation = entry.escalation
    policy = Policy(
        document_class=entry.document_class,
        version=file.version,
        sha256="",
        separation_of_duties=entry.separation_of_duties,
        comment_required_on_reject=entry.comment_required_on_reject,
        deadline=timedelta(hours=entry.deadline_hours),
        grace=timedelta(seconds=entry.grace_seconds),
        archive_tier=entry.archive_tier,
        max_bytes=entry.max_bytes,
        stages=stages_of(entry, file),
        reject_veto=entry.reject_veto,
        may_change_mind=entry.may_change_mind,
        reminders=tuple(timedelta(hours=hours) for hours in sorted(entry.reminder_hours)),
        escalation=Escalation(
            timedelta(hours=escalation.after_hours),
            people_of(escalation.to, file),
            timedelta(hours=escalation.extends_deadline_hours),
        )
        if escalation
        else None,
        calendar=calendars[entry.calendar] if entry.calendar else None,
        content=entry.content.resolve(),
        retractors=people_of(entry.retraction.by, file) if entry.retraction else (),
        proof=Level(entry.proof),
        submitter_proof=Level(entry.submitter_proof),
        statement=entry.statement,
        verification_keys=entry.verification_keys,
    )
    rules = _POLICY.dump_python(policy, mode="json", exclude={"version", "sha256"})
    return replace(policy, sha256=digest_of(rules))
