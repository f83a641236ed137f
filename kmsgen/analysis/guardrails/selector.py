"""Which keys a guardrail is for, as far as their source tells."""

from __future__ import annotations

from kmsgen.analysis.guardrails.model import Selector
from kmsgen.catalog.patterns import glob
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.model import SourceKey


class UnknownError(Exception):
    """Something that a guardrail depends on is not known; what it is, and what to do about it."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def selects(selector: Selector, key: SourceKey) -> bool:
    """Whether a guardrail is for a key.

    Raises `UnknownError` where that depends on what the key's source does not say.
    """
    if _called(selector.besides, key) or (selector.names and not _called(selector.names, key)):
        return False
    for known, wanted, what in (
        (key.facts.account, selector.accounts, "account"),
        (key.facts.region, selector.regions, "Region"),
    ):
        if not wanted:
            continue
        if known is None or is_symbolic(known):
            raise UnknownError(f"it is for keys of certain {what}s, and the key's is not known", _option(what))
        if not any(glob(pattern)(known) for pattern in wanted):
            return False
    return _tagged(selector, key)


def may_select(selector: Selector, key: SourceKey) -> bool:
    """Whether a guardrail is for a key, as far as is known."""
    try:
        return selects(selector, key)
    except UnknownError:
        return True


def _option(what: str) -> str:
    return "give `--account DIGITS`" if what == "account" else "give `--region REGION`"


def _called(patterns: tuple[str, ...], key: SourceKey) -> bool:
    names = (key.name, *key.names, *key.aliases, *(alias.removeprefix("alias/") for alias in key.aliases))
    return any(glob(pattern)(name) for pattern in patterns for name in names)


def _tagged(selector: Selector, key: SourceKey) -> bool:
    if not selector.tags:
        return True
    tags = key.settings.get("tags")
    if tags is None:
        hint = "name the keys instead, or check the blueprint, the stack or the live key"
        raise UnknownError("it is for keys with certain tags, and the key's are not known", hint)
    return all(
        name in tags and any(glob(pattern)(str(tags[name])) for pattern in patterns) for name, patterns in selector.tags
    )
