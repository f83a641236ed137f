"""What stands above the entries of an imported blueprint: where each came from, and what looks wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kmsgen.catalog.actions import matching
from kmsgen.importer.atoms import Unit, foreign, is_own
from kmsgen.importer.model import WHOLE, Draft, Finding, Item, Place, Removal
from kmsgen.importer.settings import is_existing
from kmsgen.importer.text import comment
from kmsgen.policy.model import Statement
from kmsgen.sources.model import SourceKey

_DELEGATES = (
    "AWS's own default: the account's IAM policies decide, so every identity with kms:* on all resources can decrypt"
)


@dataclass(frozen=True)
class Comments:
    """The comments of one key."""

    key: SourceKey
    place: Place
    draft: Draft
    left_out: tuple[Removal, ...]
    taken: tuple[Removal, ...]
    """What tightening took away."""
    findings: tuple[Finding, ...]

    def of_key(self) -> tuple[str, ...]:
        """What is said of the key as a whole."""
        said = [f"from {self.key.where}"]
        if is_existing(self.key) and self.key.aliases:
            said.append(f"called {', '.join(self.key.aliases)}")
        said += [*self.place.notes, *self.key.notes]
        said += [f"taken away: Statement[{one.statement}]: {one.reason}" for one in self.taken if one.what == WHOLE]
        said += [f"{code}: {message}" for place, code, message in self.findings if place is None]
        return tuple(map(comment, dict.fromkeys(said)))

    def of_root(self) -> tuple[str, ...]:
        """What is said of the root mode."""
        said = list(self._from(self.draft.root_statements))
        if self.draft.root == "delegate":
            said.append(_DELEGATES)
        if isinstance(self.draft.root, dict) and self.draft.root.get("locked"):
            said.append("nobody named here can change the policy again: KMS takes it only with its check switched off")
        return tuple(map(comment, said))

    def of_item(self, item: Item) -> tuple[str, ...]:
        """What is said of an entry."""
        said = list(self._from(item.statements))
        said += [f"accepted as it is: {wrong}" for wrong in item.wrong]
        if item.dead:
            said.append("it has no effect: `--tighten` takes it away")
            return tuple(map(comment, said))
        said += [f"left out: {one.reason}" for one in self.left_out if one.statement in item.statements]
        said += [f"taken away: {one.what}: {one.reason}" for one in self._taken(item.statements)]
        if item.list != "statements":
            said += self._wildcards(item.statements)
            if any(name[:12].isdigit() for name in item.names):
                said += self._own(item.statements)
        return tuple(map(comment, said))

    def _taken(self, places: Iterable[int]) -> Iterator[Removal]:
        return (one for one in self.taken if one.statement in places)

    def _from(self, places: Iterable[int]) -> Iterator[str]:
        for place in sorted(places):
            statement = self._statements[place]
            name = f' "{statement.sid}"' if statement.sid else ""
            where = f", {statement.origin[0]}" if statement.origin else ""
            yield f"from Statement[{place}]{name}{where}"
            yield from (f"{code}: {message}" for index, code, message in self.findings if index == place)

    def _wildcards(self, places: Iterable[int]) -> Iterator[str]:
        """Wildcards that also stand for actions that AWS does not have yet, which entries never do."""
        patterns = {
            one for place in places for one in self._statements[place].actions if "*" in one and one[-2:] != ":*"
        }
        if patterns:
            yield f"actions that AWS may add are not let in, as they are by {', '.join(sorted(patterns))}"

    def _own(self, places: Iterable[int]) -> Iterator[str]:
        """What statements give to principals of other accounts, who can never do it."""
        for statement in (self._statements[place] for place in sorted(places)):
            away = any(foreign(Unit(*one), self.place.account) for one in statement.principals)
            lost = {one for one in statement.actions if one[-2:] != ":*" and any(is_own(a.name) for a in matching(one))}
            if away and lost:
                yield f"what no other account's principals can do is left out of {', '.join(sorted(lost))}"

    @property
    def _statements(self) -> tuple[Statement, ...]:
        assert self.key.policy is not None
        return self.key.policy.statements
