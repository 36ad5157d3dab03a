"""The policy file: YAML written by compliance teams, one entry per document class."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from compliance.identity import same_person
from compliance.policy import Part, Policy, Stage
from contracts.inbound import Person
from contracts.key_set import VERIFICATION_KEYS

_ClassName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
# A file beside the policy file, or an app setting: on Azure the setting is a Key Vault reference.
_KeySet = Annotated[str, StringConstraints(pattern=VERIFICATION_KEYS)]
_Hours = Annotated[float, Field(gt=0, le=24 * 365)]


class PolicyModel(BaseModel):
    """Unknown keys are mistakes in a file that people write, and `yes` is neither a number nor a text."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True, extra="forbid")


class ReviewPolicy(PolicyModel):
    """How documents of one class are reviewed."""

    document_class: _ClassName
    quorum: Literal["any", "all"] | Annotated[int, Field(ge=1, le=100)] = "any"
    reviewers: Annotated[tuple[Person, ...], Field(strict=False, max_length=100)] = ()  # YAML has lists
    separation_of_duties: bool = True
    comment_required_on_reject: bool = False
    deadline_hours: _Hours = 72
    grace_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    archive_tier: Literal["Hot", "Cool", "Cold"] = "Cool"
    max_bytes: Annotated[int, Field(ge=1)] = 5 * 1024**3
    path_prefix: Annotated[str, StringConstraints(min_length=1)] | None = None
    require_proof: bool = False
    verification_keys: _KeySet | None = None

    @model_validator(mode="after")
    def _reachable(self) -> ReviewPolicy:
        for position, name in enumerate(self.reviewers):
            if any(same_person(name, earlier) for earlier in self.reviewers[:position]):
                raise ValueError(f"the reviewer {name!r} appears twice; one person counts once")
        if self.require_proof and not self.verification_keys:
            raise ValueError("requireProof needs verificationKeys, the key set that proofs are checked with")
        if self.quorum == "all" and not self.reviewers:
            raise ValueError("quorum 'all' needs a list of reviewers")
        if isinstance(self.quorum, int) and self.reviewers and self.quorum > len(self.reviewers):
            raise ValueError(f"quorum {self.quorum} cannot be reached by {len(self.reviewers)} reviewers")
        return self

    @property
    def approvals_needed(self) -> int:
        """How many different people must approve."""
        if self.quorum == "any":
            return 1
        return len(self.reviewers) if self.quorum == "all" else self.quorum


class PolicyFile(PolicyModel):
    """A whole policy file; the class `default` applies where nothing else does."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    policies: Annotated[tuple[ReviewPolicy, ...], Field(strict=False)]  # YAML has lists

    @model_validator(mode="after")
    def _complete(self) -> PolicyFile:
        classes = [policy.document_class for policy in self.policies]
        if "default" not in classes:
            raise ValueError("a policy for the class 'default' is missing")
        if twice := sorted({name for name in classes if classes.count(name) > 1}):
            raise ValueError(f"these classes appear twice: {', '.join(twice)}")
        return self

    def class_of(self, name: str, submitted: str | None) -> str:
        """The document class: as submitted, else by the longest matching path prefix, else `default`.

        Raises KeyError when the submitted class has no policy.
        """
        if submitted is not None:
            if all(policy.document_class != submitted for policy in self.policies):
                raise KeyError(submitted)
            return submitted
        matching = [policy for policy in self.policies if policy.path_prefix and name.startswith(policy.path_prefix)]
        best = max(matching, key=lambda policy: len(policy.path_prefix or ""), default=None)
        return best.document_class if best else "default"

    def resolve(self, document_class: str) -> Policy:
        """The policy of a class as the rules use it, with the version and hash of its text.

        Raises KeyError when the class has no policy.
        """
        entry = {policy.document_class: policy for policy in self.policies}[document_class]
        text = json.dumps(entry.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"))
        return Policy(
            document_class=entry.document_class,
            version=self.version,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            stages=(Stage("review", (Part(entry.reviewers, entry.approvals_needed),)),),
            separation_of_duties=entry.separation_of_duties,
            comment_required_on_reject=entry.comment_required_on_reject,
            deadline=timedelta(hours=entry.deadline_hours),
            grace=timedelta(seconds=entry.grace_seconds),
            archive_tier=entry.archive_tier,
            max_bytes=entry.max_bytes,
            require_proof=entry.require_proof,
            verification_keys=entry.verification_keys,
        )
