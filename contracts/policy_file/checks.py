"""Checks of a policy file that has the right shape; quorums are in `quorum_checks`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from compliance.people.identity import person_key, same_person
from contracts.blob_path import comparable_name
from contracts.policy_file.business_time import OutOfReachError, later_by
from contracts.policy_file.calendar import country_mistake, dates_in
from contracts.policy_file.name_patterns import ignore_fault, is_no_document, prefix_fault
from contracts.policy_file.policies import ReadText, resolve_policies
from contracts.policy_file.quorum_checks import unreachable_quorums
from contracts.policy_file.shape import GROUP, PolicyFile, ReviewPolicy

Place = tuple[int | str, ...]  # keys and positions on the way through the file

# A review keeps its policy in one column of at most 32 Ki UTF-16 units, some of which storage and JSON need.
# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
_LARGEST_POLICY: Final = 30_000
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SINGLE: Final = frozenset({"reviewers", "quorum"})  # the keys of one group of reviewers, in place of stages or groups


class Mistake(NamedTuple):
    """A mistake in the policy file: where it is, and a text for people."""

    place: Place
    text: str


def mistakes_in(file: PolicyFile, read: ReadText) -> list[Mistake]:
    """List every mistake.

    Quorums are checked only if all names are known, sizes and times only if all quorums can be reached.
    """
    return (
        [*_classes(file), *_ignored(file), *_people(file), *_calendars(file, read)]
        or [Mistake(("policies", *place), text) for place, text in unreachable_quorums(file)]
        or [*_sizes(file, read), *_times(file, read)]
    )


def _classes(file: PolicyFile) -> Iterator[Mistake]:
    classes = [entry.document_class for entry in file.policies]
    if "default" not in classes:
        yield Mistake(("policies",), "the class 'default' is missing; it applies where no other class does: add it")
    prefixes = [comparable_name(entry.path_prefix or "") for entry in file.policies]
    for number, entry in enumerate(file.policies):
        place: Place = ("policies", number)
        if entry.document_class in classes[:number]:
            yield Mistake(
                (*place, "documentClass"), f"the class {entry.document_class!r} has a policy already; remove one"
            )
        if entry.path_prefix and (fault := prefix_fault(entry.path_prefix)):
            yield Mistake((*place, "pathPrefix"), fault)
        elif entry.path_prefix and _ignores_all(file, entry.path_prefix):
            yield Mistake((*place, "pathPrefix"), "the key ignore leaves out all documents below it; change one")
        elif entry.path_prefix and prefixes[number] in prefixes[:number]:
            text = "another class has the same prefix, whose spelling makes no difference; change one of them"
            yield Mistake((*place, "pathPrefix"), text)
        if entry.binds_prefix and not entry.path_prefix:
            yield Mistake((*place, "bindsPrefix"), "there is no prefix to bind; add pathPrefix, or remove bindsPrefix")
        yield from (Mistake((*place, *inner), text) for inner, text in _entry(entry, file))


def _ignores_all(file: PolicyFile, prefix: str) -> bool:
    return all(is_no_document(prefix + name, None, {}, file.ignore) for name in ("a", "a.b/c.d"))


def _ignored(file: PolicyFile) -> Iterator[Mistake]:
    for number, pattern in enumerate(file.ignore):
        if fault := ignore_fault(pattern):
            yield Mistake(("ignore", number), fault)


def _entry(entry: ReviewPolicy, file: PolicyFile) -> Iterator[Mistake]:
    for field in entry.model_fields_set & _SINGLE if entry.stages else ():
        yield Mistake((field,), "the stages name the reviewers; move it into one of them")
    names = [stage.name for stage in entry.stages]
    for number, stage in enumerate(entry.stages):
        if stage.name in names[:number]:
            yield Mistake(("stages", number, "name"), f"another stage is called {stage.name!r}; rename one")
        for field in stage.model_fields_set & _SINGLE if stage.groups else ():
            yield Mistake(("stages", number, field), "the groups name the reviewers; remove one of the two")
    last = entry.deadline_hours + (entry.escalation.extends_deadline_hours if entry.escalation else 0)
    for number, hours in enumerate(entry.reminder_hours):
        if hours >= last:
            yield Mistake(("reminderHours", number), f"the review ends after {last:g} hours; remind earlier")
    if entry.escalation and entry.escalation.after_hours >= entry.deadline_hours:
        text = f"the deadline is after {entry.deadline_hours:g} hours; escalate earlier"
        yield Mistake(("escalation", "afterHours"), text)
    if entry.calendar and entry.calendar not in file.calendars:
        yield Mistake(("calendar",), f"there is no calendar {entry.calendar!r}; {_choices(file.calendars)}")
    if entry.proof == "code":
        yield Mistake(("proof",), "code comes with a later version; write none, signIn or ownKey")
    if entry.statement and entry.proof != "signIn":
        yield Mistake(("statement",), "only with proof: signIn does the front door show it; write that, or remove it")
    if entry.proof == "ownKey" and not entry.verification_keys:
        yield Mistake(("proof",), "ownKey needs verificationKeys: name the key set that verifies proofs")


def _people(file: PolicyFile) -> Iterator[Mistake]:
    spellings: dict[str, str] = {}
    for place, people in _lists_of_people(file):
        yield from _name_mistakes(place, people, file, spellings)
    for number, entry in enumerate(file.policies):
        for position, stage in enumerate(entry.stages):
            for group in stage.groups.keys() - file.groups.keys():
                here = ("policies", number, "stages", position, "groups", group)
                yield Mistake(here, f"there is no group {group!r}; {_choices(file.groups)}")


def _lists_of_people(file: PolicyFile) -> Iterator[tuple[Place, tuple[str, ...]]]:
    for name, people in file.groups.items():
        yield ("groups", name), people
    for number, entry in enumerate(file.policies):
        place: Place = ("policies", number)
        yield (*place, "reviewers"), entry.reviewers
        if entry.escalation:
            yield (*place, "escalation", "to"), entry.escalation.to
        if entry.retraction:
            yield (*place, "retraction", "by"), entry.retraction.by
        for position, stage in enumerate(entry.stages):
            yield (*place, "stages", position, "reviewers"), stage.reviewers


def _name_mistakes(
    place: Place, people: tuple[str, ...], file: PolicyFile, spellings: dict[str, str]
) -> Iterator[Mistake]:
    """Yield the mistakes in a list of people. `spellings` holds the first spelling of each person of the file."""
    for position, name in enumerate(people):
        group = name.removeprefix(GROUP)
        first = name if name.startswith(GROUP) else spellings.setdefault(person_key(name), name)
        if any(same_person(name, earlier) for earlier in people[:position]):
            yield Mistake((*place, position), f"{name!r} appears twice; one person counts once")
        elif name != first:
            yield Mistake(
                (*place, position), f"{name!r} is the person who is {first!r} elsewhere; write one of the two"
            )
        elif name.startswith(GROUP) and place[0] == "groups":
            yield Mistake((*place, position), "a group cannot contain another group; name its people")
        elif name.startswith(GROUP) and group not in file.groups:
            yield Mistake((*place, position), f"there is no group {group!r}; {_choices(file.groups)}")


def _calendars(file: PolicyFile, read: ReadText) -> Iterator[Mistake]:
    for name, entry in file.calendars.items():
        if wrong := country_mistake(entry):
            yield Mistake(("calendars", name, "subdivision" if entry.subdivision else "country"), wrong)
        if entry.holidays_file:
            try:
                list(dates_in(read(entry.holidays_file), entry.holidays_file))
            except (OSError, ValueError) as error:
                cause = error.strerror if isinstance(error, OSError) else error
                yield Mistake(("calendars", name, "holidaysFile"), f"the file cannot be used: {cause}")


def _sizes(file: PolicyFile, read: ReadText) -> Iterator[Mistake]:
    policies = resolve_policies(file, read)
    for number, entry in enumerate(file.policies):
        size = policies.size_of(entry.document_class)
        if size > _LARGEST_POLICY:
            text = (
                f"with groups and holidays spelled out and the people of its escalation among the reviewers, "
                f"the policy has {size} characters; at most {_LARGEST_POLICY} fit: name fewer people or holidays"
            )
            yield Mistake(("policies", number), text)


def _times(file: PolicyFile, read: ReadText) -> Iterator[Mistake]:
    """Yield deadlines that are decades ahead or never come: such a review would never end."""
    policies = resolve_policies(file, read)
    for number, entry in enumerate(file.policies):
        policy = policies.resolve(entry.document_class)
        extension = policy.escalation.extends_deadline if policy.escalation else timedelta(0)
        try:  # twice the time, because later years may have more holidays
            later_by(policy.calendar)(_SOME_DAY, 2 * (policy.deadline + extension))
        except OutOfReachError:
            text = "with this calendar the deadline is more than ten years ahead; give more working hours, or less time"
            yield Mistake(("policies", number, "calendar"), text)


def _choices(names: Iterable[str]) -> str:
    known = ", ".join(sorted(names))
    return f"the file has {known}" if known else "the file has none yet: add it at its top level"
