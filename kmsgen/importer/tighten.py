"""What a policy would not miss: what `--tighten` takes away, and why each time."""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.importer.model import Place, Removal
from kmsgen.importer.proof import Proof
from kmsgen.policy.model import Policy


def removals(policy: Policy, place: Place) -> tuple[Removal, ...]:
    """What is taken away, statement by statement."""
    return ()


def tightened(policy: Policy, place: Place) -> Policy:
    """The policy without it; every statement keeps its place."""
    return policy


def losses(proof: Proof, gone: tuple[Removal, ...]) -> Iterator[str]:
    """What is no longer allowed, in plain words, each with the reason."""
    yield from ()
