"""The outcome of a comparison as frozen values: who gains and who loses what, when, with a witness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kmsgen.policy.model import Origin
from kmsgen.semantics.evaluate import Access
from kmsgen.semantics.request import Request

ROOT_USER = ("caller", "is the root user")
ELSEWHERE = ("caller", "is not let in, or kept out, by another statement")
"""What `Difference.when` says of callers, where it is less than all that the statement names."""

Verdict = Literal["equal", "broader", "narrower", "changed", "undecided"]


@dataclass(frozen=True)
class Difference:
    """Access that some principals have under one policy and not, or not as strongly, under the other."""

    who: str
    """The principals in the policy's own words, or in plain ones: `role/app of 111122223333`."""
    principals: tuple[str, ...]
    """The entries of `Principal` that are meant, as the policy spells them; `*` for everybody."""
    what: tuple[str, ...]
    """Actions, sorted."""
    when: tuple[tuple[str, str], ...]
    """Condition keys and what must be true of each, in plain words; empty for always."""
    statement: str | None
    """The `Sid` of the statement that causes it; None where it has none."""
    statement_index: int
    """Its place in the policy that it stands in, from 0."""
    cause: Literal["allow-added", "allow-removed", "deny-added", "deny-removed"]
    """Whether an Allow gives (or no longer gives) it, or a Deny no longer (or now) takes it away."""
    origin: tuple[Origin, ...]
    before: Access
    after: Access
    witness: Request
    """A request that is decided so; `evaluate` has confirmed it on both sides."""


def for_people(differences: Iterable[Difference]) -> list[Difference]:
    """The differences without those that go without saying: where an account is let in, so is its root user."""
    listed = list(differences)
    return [one for one in listed if ROOT_USER not in one.when or not _goes_without_saying(one, listed)]


def _goes_without_saying(one: Difference, differences: list[Difference]) -> bool:
    said: set[str] = set()
    for other in differences:
        same = (other.statement_index, other.cause, other.principals) == (
            one.statement_index, one.cause, one.principals,
        )  # fmt: skip
        if (
            same
            and ROOT_USER not in other.when
            and {pair for pair in other.when if pair[0] != "caller"} <= set(one.when)
        ):
            said |= set(other.what)
    return said >= set(one.what)


@dataclass(frozen=True)
class Comparison:
    """Two policies compared, exactly: no other request is decided differently than those described."""

    gains: tuple[Difference, ...]
    losses: tuple[Difference, ...]
    future_gains: tuple[Difference, ...] = ()
    """Access to actions that AWS does not have yet, which a wildcard would take in; no part of the verdict."""
    future_losses: tuple[Difference, ...] = ()
    undecided: tuple[str, ...] = ()
    """Why the comparison could not be finished; empty where it was."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted and mattered, in plain words."""

    @property
    def verdict(self) -> Verdict:
        """What became of the access as a whole."""
        if self.undecided:
            return "undecided"
        if self.gains and self.losses:
            return "changed"
        return "broader" if self.gains else "narrower" if self.losses else "equal"
