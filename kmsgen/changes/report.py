"""What becomes of each key when the planned side replaces the current one, and whether that is acceptable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

from kmsgen.changes.attributes import Attribute, attributes
from kmsgen.changes.match import Pair, match
from kmsgen.changes.rewording import rewording
from kmsgen.errors import KmsgenError, Problem, did_you_mean
from kmsgen.policy.model import Policy
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from kmsgen.sources.references import in_the_words_of

FORMAT_VERSION = "1"

Verdict = Literal["equal", "broader", "narrower", "changed", "added", "removed", "undecided", "unreadable"]
FailOn = Literal["any", "gains", "losses"]

NOTHING = Policy(())
"""The policy of a key that does not exist."""


class Compare(Protocol):
    """Decides exactly what one policy allows and another does not; see `kmsgen.semantics.compare`."""

    def __call__(self, old: Policy, new: Policy, facts: KeyFacts = ..., /) -> Comparison:
        """The comparison of a policy with the one that takes its place."""
        ...


@dataclass(frozen=True)
class KeyChange:
    """One key on both sides."""

    pair: Pair
    verdict: Verdict
    comparison: Comparison
    """Empty where a policy could not be read."""
    attributes: tuple[Attribute, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why nothing certain can be said; empty where it can."""
    notes: tuple[str, ...] = ()
    """What else a reviewer should know."""

    @property
    def is_certain(self) -> bool:
        """Whether the difference is known in full."""
        return not self.reasons

    @property
    def differs(self) -> bool:
        """Whether anything about the key changes, or may change."""
        return self.verdict != "equal" or bool(self.attributes) or not self.is_certain

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell of it but its name."""
        return not (self.differs or self.notes or self.comparison.assumptions)

    @property
    def replaces(self) -> bool:
        """Whether the key is made anew: what the old one encrypted stays with the old one."""
        return any(one.replaces for one in self.attributes)


@dataclass(frozen=True)
class Report:
    """Every key of two sources."""

    changes: tuple[KeyChange, ...]
    notes: tuple[str, ...] = ()

    def fails(self, fail_on: FailOn) -> bool:
        """Whether the changes are more than is acceptable; whatever is not certain always is."""
        if any(not one.is_certain for one in self.changes):
            return True
        if fail_on == "gains":
            return any(one.comparison.gains for one in self.changes)
        if fail_on == "losses":
            return any(one.comparison.losses for one in self.changes)
        return any(one.differs for one in self.changes)

    def summary(self) -> dict[str, int]:
        """How much there is of everything."""
        return {
            "gains": sum(len(one.comparison.gains) for one in self.changes),
            "losses": sum(len(one.comparison.losses) for one in self.changes),
            "keys_changed": sum(one.differs for one in self.changes),
            "attributes": sum(len(one.attributes) for one in self.changes),
            "uncertain": sum(not one.is_certain for one in self.changes),
        }

    def document(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "format_version": FORMAT_VERSION,
            "keys": [_key(one) for one in self.changes],
            "summary": self.summary(),
            "notes": list(self.notes),
        }


def report(
    planned: Sequence[SourceKey],
    current: Sequence[SourceKey],
    compare: Compare,
    notes: Iterable[str] = (),
    only: str | None = None,
) -> Report:
    """The report on two sides' keys, `compare` deciding about each two policies; `only` names one key of either side.

    Raises `KmsgenError` where it is not clear which key is which, or where there is none of that name.
    """
    pairs = match(planned, current)
    if only is not None:
        pairs = _named(pairs, only)
    return Report(tuple(_change(pair, compare) for pair in pairs), tuple(notes))


def _named(pairs: tuple[Pair, ...], wanted: str) -> tuple[Pair, ...]:
    found = tuple(pair for pair in pairs if any(key.answers_to(wanted) for key in (pair.planned, pair.current) if key))
    if not found:
        hint = did_you_mean(wanted, [pair.name for pair in pairs])
        raise KmsgenError(Problem(f"neither side has a key `{wanted}`", hint=hint))
    return found


def _change(pair: Pair, compare: Compare) -> KeyChange:
    planned, current = pair.planned, pair.current
    sides = [(key, word) for key, word in ((planned, "planned"), (current, "current")) if key is not None]
    reasons = [f"the {word} policy: {key.reason}" for key, word in sides if key.policy is None]
    differing = attributes(planned, current) if planned and current else ()
    notes = tuple(dict.fromkeys(note for key, _ in sides for note in key.notes))
    if reasons:
        return KeyChange(pair, "unreadable", Comparison((), ()), differing, tuple(reasons), notes)
    old = current.policy if current and current.policy is not None else NOTHING
    new = planned.policy if planned and planned.policy is not None else NOTHING
    old, new = in_the_words_of(old, new), in_the_words_of(new, old)
    comparison = compare(old, new, _facts([key.facts for key, _ in sides]))
    verdict: Verdict = comparison.verdict
    if current is None or planned is None:
        verdict = "added" if current is None else "removed"
    elif verdict == "equal" and (said := rewording(old, new)) is not None:
        notes = (*notes, said)
    return KeyChange(pair, verdict, comparison, differing, comparison.undecided, notes)


def _facts(sides: list[KeyFacts]) -> KeyFacts:
    """What is known of a key on either side; where they contradict each other it is left open."""
    if all(one == sides[0] for one in sides):
        return sides[0]
    known: dict[str, Any] = {}
    for field in fields(KeyFacts):
        said = {value for one in sides if (value := getattr(one, field.name)) is not None}
        certain = {value for value in said if not (isinstance(value, str) and is_symbolic(value))} or said
        known[field.name] = certain.pop() if len(certain) == 1 else None
    return KeyFacts(**known)


def _key(change: KeyChange) -> dict[str, Any]:
    pair, comparison = change.pair, change.comparison
    sides = {"planned": pair.planned, "current": pair.current}
    future = {"gains": comparison.future_gains, "losses": comparison.future_losses}
    return {
        "key": pair.name,
        "verdict": change.verdict,
        **({"matched_by": pair.by} if pair.by else {}),
        **{side: {"name": key.name, "where": key.where} for side, key in sides.items() if key is not None},
        "gains": [_difference(one) for one in comparison.gains],
        "losses": [_difference(one) for one in comparison.losses],
        "attributes": [_attribute(one) for one in change.attributes],
        "replaces_key": change.replaces,
        **{f"future_{word}": [_difference(one) for one in some] for word, some in future.items() if some},
        "reasons": list(change.reasons),
        "assumptions": list(comparison.assumptions),
        "notes": list(change.notes),
    }


def _difference(one: Difference) -> dict[str, Any]:
    witness = one.witness
    context = {key: value if isinstance(value, str) else list(value) for key, value in sorted(witness.context.items())}
    return {
        "who": one.who,
        "principals": list(one.principals),
        "what": list(one.what),
        "when": dict(one.when),
        "statement": one.statement,
        "cause": one.cause,
        "origin": str(one.origin[0]) if one.origin else None,
        **({"origins": [str(origin) for origin in one.origin]} if len(one.origin) > 1 else {}),
        "access": {"before": one.before, "after": one.after},
        "witness": {
            "principal": witness.principal,
            "action": witness.action,
            "context": context,
            **({"key_arn": witness.key_arn} if witness.key_arn else {}),
        },
    }


def _attribute(one: Attribute) -> dict[str, Any]:
    item = {"item": one.item} if one.item is not None else {}
    return {
        "attribute": one.name, **item, "before": one.before, "after": one.after, "replaces_key": one.replaces,
    }  # fmt: skip
