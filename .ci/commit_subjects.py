#!/usr/bin/env python3
"""Check the subjects of commits: one short sentence in the imperative, as in "Split the broker by subject".

    .ci/commit_subjects.py [FIRST..]LAST

In a shallow clone without FIRST it checks the commits that are there.
"""

from __future__ import annotations

import re
import subprocess
import sys

LONGEST = 72
# Verbs that end like another form of a verb.
IMPERATIVES = {"Alias", "Bias", "Bring", "Embed", "Exceed", "Feed", "Focus", "Need", "Ping", "Proceed", "Seed", "Speed"}


def fault(subject: str) -> str | None:
    """Say what is wrong with a subject. None if nothing is."""
    first = subject.partition(" ")[0]
    if len(subject) > LONGEST:
        return f"{len(subject)} characters, more than {LONGEST}"
    if subject.endswith("."):
        return "a full stop at the end"
    if not re.fullmatch(r"[A-Z][a-z]+(-[a-z]+)?", first) or " " not in subject:
        return "no sentence that begins with a capitalised verb"
    if re.search(r"(ed|ing|[^s]s)$", first) and first not in IMPERATIVES:
        return f"{first} is no imperative"
    return None


def subjects(commits: str) -> list[str]:
    """List the subjects of a range; all that are there if its beginning is not."""
    first, dots, last = commits.rpartition("..")
    chosen = commits if dots and _git("cat-file", "-e", f"{first}^{{commit}}").returncode == 0 else last
    log = _git("log", "--no-merges", "--format=%s", chosen)
    log.check_returncode()
    return log.stdout.splitlines()


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607 our own words


if __name__ == "__main__":
    found = subjects(sys.argv[1])
    faults = [f"{subject}: {wrong}" for subject in found if (wrong := fault(subject))]
    print(*faults, f"{len(found)} commit subjects, {len(faults)} faults", sep="\n")
    sys.exit(bool(faults))
