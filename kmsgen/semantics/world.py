"""What is known of a key beside its policy: constants of every request to it, each None where it is not known."""

from __future__ import annotations

from dataclasses import dataclass

from kmsgen.catalog.key_specs import SPECS, working_actions


@dataclass(frozen=True)
class KeyFacts:
    """What is known of a key; whatever is not known is left open, and may be anything."""

    account: str | None = None
    """Twelve digits, or a symbol. A caller of another account needs its own account's word whatever the policy says."""
    region: str | None = None
    arn: str | None = None
    spec: str | None = None
    usage: str | None = None
    origin: str | None = None
    multi_region: bool | None = None

    @property
    def working(self) -> frozenset[str] | None:
        """The actions that can work on such a key; None where not enough is known of it."""
        if self.spec not in SPECS or self.usage not in SPECS[self.spec].usages:
            return None
        origins = (self.origin,) if self.origin else SPECS[self.spec].origins
        sets = (True, False) if self.multi_region is None else (self.multi_region,)
        return frozenset[str]().union(*(working_actions(self.spec, self.usage, o, m) for o in origins for m in sets))

    @property
    def constants(self) -> dict[str, tuple[str, ...]]:
        """The condition keys, in lower case, that these facts fix for every request."""
        known = {
            "aws:resourceaccount": self.account,
            "aws:requestedregion": self.region,
            "kms:keyspec": self.spec,
            "kms:customermasterkeyspec": self.spec,
            "kms:keyusage": self.usage,
            "kms:customermasterkeyusage": self.usage,
            "kms:keyorigin": self.origin,
            "kms:multiregion": None if self.multi_region is None else str(self.multi_region).lower(),
        }
        return {key: (value,) for key, value in known.items() if value is not None}
