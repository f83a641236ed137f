"""The outcome of a comparison as frozen values: who gains and who loses what, when, with a witness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kmsgen.policy.model import Origin
from kmsgen.semantics.evaluate import Access
from kmsgen.semantics.request import Request

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
