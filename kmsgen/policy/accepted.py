"""A finding that somebody has looked at and accepts, with the reason and the day on which that ends."""

from __future__ import annotations

from dataclasses import dataclass

from kmsgen.errors import Location


@dataclass(frozen=True)
class AllowedFinding:
    """A finding of `check` that the user accepts."""

    rule: str
    """Its code or its name."""
    reason: str
    until: str | None
    """The last day on which it is accepted, as `2027-01-31`; None for always."""
    at: Location
