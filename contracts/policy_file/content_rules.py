"""The key `content` of a document class in the policy file: what follows from what an inspection finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from compliance.content import NOTE, REFUSE, ContentPolicy, Measure
from contracts.models import PolicyModel
from contracts.policy_file.model import one_mistake

EXTENSION = r"^[a-z0-9]{1,16}$"

_Extension = Annotated[str, StringConstraints(pattern=EXTENSION)]


class RequireApprovals(PolicyModel):
    """More approvals than the policy would need otherwise."""

    require_approvals: Annotated[int, Field(ge=2, le=100)]
    """Number of people who must approve in each part of the last stage, if fewer would do otherwise."""


ContentMeasure = Annotated[
    Literal["refuse", "note"] | RequireApprovals,
    one_mistake("refuse, note or requireApprovals: with a number from 2 to 100 is expected"),
]


def _restore_off(value: object) -> object:
    """Undo YAML 1.1, which reads the word off as false."""
    return "off" if value is False else value


class ContentRules(PolicyModel):
    """What follows from each kind of finding: `refuse` rejects the document, `note` only shows it to the reviewers.

    Malware and a type that is not allowed are always refused.
    """

    allowed_types: Annotated[tuple[_Extension, ...], Field(strict=False, max_length=100)] = ()
    """Extensions of the types that may be reviewed, such as pdf, without the dot; empty: all."""
    empty: ContentMeasure = "note"
    """The document has no bytes."""
    type_mismatch: ContentMeasure = "refuse"
    """The content is not what the name or the declared content type says."""
    archive_bomb: ContentMeasure = "refuse"
    """An archive that takes far more room or time to unpack than to store."""
    encrypted: ContentMeasure = "note"
    """The document, or something in it, needs a password."""
    macros: ContentMeasure = "note"
    """The document holds macros."""
    active_content: ContentMeasure = "note"
    """The document holds scripts, controls or programs that start in a reader."""
    executable: ContentMeasure = "note"
    """The document, or a file in it, is a program, a shortcut or a script that starts when it is opened."""
    external_content: ContentMeasure = "note"
    """The document shows what is fetched from elsewhere: a remote template, linked pictures, objects or workbooks."""
    formula: ContentMeasure = "note"
    """A field or cell of the document starts a program or fetches data (DDE, formulas in CSV)."""
    attachment: ContentMeasure = "note"
    """Other files lie in the document: attached to a mail, or embedded."""
    hidden_matter: ContentMeasure = "note"
    """The document holds comments, tracked changes, or hidden sheets or slides."""
    sensitivity_label: ContentMeasure = "note"
    """The document carries a sensitivity label of Microsoft Purview."""
    other_format: ContentMeasure = "note"
    """The content is not what the name says, but the same program opens it, such as RTF named .doc."""
    misleading_name: ContentMeasure = "note"
    """The name has characters that hide how it ends, or two extensions."""
    restricted: ContentMeasure = "note"
    """The document opens without a password, but restricts what readers may do with it."""
    not_inspected: ContentMeasure = "note"
    """Part of the document is damaged, too large or of a kind that is not inspected."""
    malware_scan: Annotated[Literal["off", "tag"], BeforeValidator(_restore_off)] = "off"
    """tag: reviewers are asked once Microsoft Defender for Storage has written its verdict as a blob index tag."""
    scan_timeout_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """How many minutes to wait for that verdict."""
    on_scan_timeout: ContentMeasure = "refuse"
    """The malware scan gave no verdict in time, or ended without one."""

    @property
    def most_approvals(self) -> int:
        """The largest number of approvals that a finding can require."""
        measures = (getattr(self, name) for name in type(self).model_fields)
        return max((each.require_approvals for each in measures if isinstance(each, RequireApprovals)), default=0)

    def resolve(self) -> ContentPolicy:
        """Return the content policy as the rules use it."""
        return ContentPolicy(
            allowed_types=self.allowed_types,
            empty=_measure(self.empty),
            type_mismatch=_measure(self.type_mismatch),
            archive_bomb=_measure(self.archive_bomb),
            encrypted=_measure(self.encrypted),
            macros=_measure(self.macros),
            active_content=_measure(self.active_content),
            executable=_measure(self.executable),
            external_content=_measure(self.external_content),
            formula=_measure(self.formula),
            attachment=_measure(self.attachment),
            hidden_matter=_measure(self.hidden_matter),
            sensitivity_label=_measure(self.sensitivity_label),
            other_format=_measure(self.other_format),
            misleading_name=_measure(self.misleading_name),
            restricted=_measure(self.restricted),
            not_inspected=_measure(self.not_inspected),
            scan_missing=_measure(self.on_scan_timeout),
            scan_timeout=timedelta(minutes=self.scan_timeout_minutes) if self.malware_scan == "tag" else None,
        )


def _measure(setting: ContentMeasure) -> Measure:
    if isinstance(setting, RequireApprovals):
        return Measure(approvals=setting.require_approvals)
    return REFUSE if setting == "refuse" else NOTE
