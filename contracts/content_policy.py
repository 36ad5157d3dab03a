"""The key `content` of a document class in the policy file: what follows from what an inspection finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from compliance.content import NOTE, REFUSE, ContentPolicy, Measure

_Extension = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,16}$")]


class _Model(BaseModel):
    """Unknown keys are mistakes in a file that people write."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True, extra="forbid")


class RequireApprovals(_Model):
    """So many approvals are needed in each part of the last stage, where fewer would do."""

    require_approvals: Annotated[int, Field(ge=2, le=100)]


ContentMeasure = Literal["refuse", "note"] | RequireApprovals


class ContentRules(_Model):
    """What follows from each kind of finding: `refuse`, `note`, or `requireApprovals: n`.

    Every finding is told to the reviewers. Malware and a type that is not allowed are always refused.
    """

    allowed_types: Annotated[
        tuple[_Extension, ...],
        Field(strict=False, max_length=100, description="Extensions such as pdf, without the dot; empty: all."),
    ] = ()
    type_mismatch: ContentMeasure = "refuse"
    archive_bomb: ContentMeasure = "refuse"
    encrypted: ContentMeasure = "note"
    macros: ContentMeasure = "note"
    active_content: ContentMeasure = "note"
    not_inspected: ContentMeasure = "note"
    malware_scan: Annotated[
        Literal["off", "tag"],
        Field(description="tag: wait for the verdict that Microsoft Defender for Storage writes as a blob index tag."),
    ] = "off"
    scan_timeout_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    on_scan_timeout: ContentMeasure = "refuse"

    @property
    def most_approvals(self) -> int:
        """The largest number of approvals that a finding can ask for."""
        measures = (getattr(self, name) for name in type(self).model_fields)
        return max((each.require_approvals for each in measures if isinstance(each, RequireApprovals)), default=0)

    def resolve(self) -> ContentPolicy:
        """The same as the rules use it."""
        return ContentPolicy(
            allowed_types=self.allowed_types,
            type_mismatch=_measure(self.type_mismatch),
            archive_bomb=_measure(self.archive_bomb),
            encrypted=_measure(self.encrypted),
            macros=_measure(self.macros),
            active_content=_measure(self.active_content),
            not_inspected=_measure(self.not_inspected),
            scan_missing=_measure(self.on_scan_timeout),
            scan_timeout=timedelta(minutes=self.scan_timeout_minutes) if self.malware_scan == "tag" else None,
        )


def _measure(said: ContentMeasure) -> Measure:
    if isinstance(said, RequireApprovals):
        return Measure(approvals=said.require_approvals)
    return REFUSE if said == "refuse" else NOTE
