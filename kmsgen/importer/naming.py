"""Names for what a blueprint repeats: accounts, and principals that are long or stand several times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from kmsgen.blueprint.entries import ACCOUNT_WIDE
from kmsgen.blueprint.grammar import KINDS
from kmsgen.importer.model import Draft, Item

LONG = 40
"""From how many characters on a principal gets a name."""
_NUMBERED = re.compile(r"([0-9]{12})(/.*)?", re.DOTALL)
_OUTSIDE = re.compile(r"[^A-Za-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Names:
    """What a blueprint calls accounts and principals."""

    accounts: Mapping[str, str]
    """Names by twelve digits."""
    principals: Mapping[str, str]
    """Names by the text that they stand for."""

    def account(self, digits: str) -> str:
        """An account by its name, where it has one."""
        return self.accounts.get(digits, digits)

    def principal(self, text: str) -> str:
        """A principal by its name, or with its account's."""
        if text in self.principals:
            return self.principals[text]
        return self.in_account(text)

    def in_account(self, text: str) -> str:
        """A principal with the name of its account in the place of the digits."""
        found = _NUMBERED.fullmatch(text)
        return text if found is None else f"{self.account(found[1])}{found[2] or ''}"

    def item(self, item: Item) -> Item:
        """An item with names in it."""
        if item.list == "accounts":
            return replace(item, names=tuple(map(self.account, item.names)))
        if item.list in ("admins", "users"):
            return replace(item, names=tuple(map(self.principal, item.names)))
        return item


def names_for(own: Iterable[str], drafts: Iterable[Draft], stacked: Container[str] = ()) -> Names:
    """Names for the accounts and principals of some keys.

    `own` are the keys' accounts; `stacked` the principals that a stack makes as well, which always get a name.
    """
    listed = list(drafts)
    items = [item for draft in listed for item in draft.items]
    texts = [text for item in items if item.list in ("admins", "users") for text in item.names]
    numbers = [text for item in items if item.list == "accounts" for text in item.names]
    numbers += [str(data["account"]) for draft in listed for data in draft.references.values()]
    numbers += [found[1] for text in texts if (found := _NUMBERED.fullmatch(text))]
    mine = list(dict.fromkeys(own))
    others = [one for one in dict.fromkeys(numbers) if one not in mine]
    accounts = {**_accounts("main", mine), **_accounts("other", others)}
    referred = {name for draft in listed for name in draft.references}
    counted = Counter(texts)
    named = [text for text in counted if "/" in text and (counted[text] > 1 or len(text) > LONG or text in stacked)]
    return Names(accounts, _principals(sorted(named), {*referred, *accounts.values()}))


def _accounts(word: str, digits: list[str]) -> dict[str, str]:
    if len(digits) == 1:
        return {digits[0]: word}
    ends = Counter(one[-4:] for one in digits)
    return {one: f"{word}-{one[-4:] if ends[one[-4:]] == 1 else one}" for one in sorted(digits)}


def _principals(texts: list[str], taken: set[str]) -> dict[str, str]:
    used = {*taken, *KINDS, ACCOUNT_WIDE}
    found: dict[str, str] = {}
    for text in texts:
        last = _HUMP.sub("-", text.rpartition("/")[2])
        base = _OUTSIDE.sub("-", last).strip("-").lower() or "principal"
        name, number = base, 2
        while name in used or name.isdigit():
            name, number = f"{base}-{number}", number + 1
        used.add(name)
        found[text] = name
    return found
