"""What `check` finds, as frozen values: what is wrong, in which key, in which statement, where that stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from kmsgen.errors import Location
from kmsgen.policy.read import Path
from kmsgen.semantics.request import Request

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""


class Found(NamedTuple):
    """What a rule says; the engine adds the rule, the key and the place."""

    message: str
    """Lower case, no final period, the policy's own words in backticks."""
    statement: int | None = None
    """Which statement is meant, from 0; None for the key as a whole. A rule about one statement leaves it out."""
    path: Path = ()
    """Where in the statement: `("Condition", "StringEquals", "kms:ViaService")`."""
    help: str | None = None
    """What to write instead."""
    about: str = ""
    """What tells it from the rule's other findings in the same statement: a principal, an action, a condition key."""
    witness: tuple[Request, ...] = ()
    """Requests that show it; `evaluate` has confirmed each."""
    at: Location | None = None
    """Where it stands, if that is neither in a statement nor at the key."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a key."""

    code: str
    """`KMS101`; never given to another rule."""
    rule: str
    """The rule's name, which reads after "allow": `public-access`."""
    severity: Severity
    message: str
    key: str
    """The key's name in its source."""
    statement: str | None = None
    """The `Sid` of the statement; None where it has none or the key as a whole is meant."""
    statement_index: int | None = None
    path: Path = ()
    """Where in the policy: `("Statement", 2, "Condition", "StringEquals", "kms:ViaService")`."""
    source: str = ""
    """The file, or what else the key comes from."""
    line: int | None = None
    """From 1; None where the source has no lines, as live keys have none."""
    column: int | None = None
    text: str = ""
    """The whole source line, where it is known."""
    length: int = 1
    """How many characters of it are meant."""
    help: str | None = None
    witness: tuple[Request, ...] = ()
    fingerprint: str = ""
    """Stays the same when lines move; no other finding of the key has it."""
    accepted: str | None = None
    """Why it is accepted, where it is; an accepted finding does not count."""
    outside: bool = False
    """Whether it is a baseline that accepts it, and not the source itself."""


def fingerprinted(findings: Iterable[tuple[Finding, str, str]]) -> Iterator[Finding]:
    """Findings of one key with their fingerprints; each comes with its statement in a few letters and what it is about.

    Lines, columns and messages are no part of it, so that a baseline survives edits elsewhere and better wording.
    """
    seen: dict[str, int] = {}
    for finding, statement, about in findings:
        plain = "\x1f".join((finding.code, finding.key, finding.statement or statement, about))
        number = seen[plain] = seen.get(plain, 0) + 1
        digest = hashlib.sha256(f"{plain}\x1f{number}".encode(errors="surrogateescape")).hexdigest()
        yield replace(finding, fingerprint=digest[:32])
