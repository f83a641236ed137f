"""Where drafts are tried out: a key's fields through the real blueprint reader and the real compiler, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kmsgen.blueprint import parse
from kmsgen.blueprint.intent import KeyIntent
from kmsgen.compiler.compile import compile_key
from kmsgen.compiler.context import Context
from kmsgen.compiler.grants import statements as grant_statements
from kmsgen.compiler.services import service_statements
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.importer.draft import document, fields_of, written
from kmsgen.importer.model import Draft, Item, Place
from kmsgen.importer.place import working
from kmsgen.policy.key import Key
from kmsgen.policy.model import Statement
from kmsgen.sources.references import restored_statement
from kmsgen.templates import Library

_NAME, _FILE = "key", "imported.yaml"
_NOBODY: dict[str, Any] = {"mode": "none", "reason": "only tried out"}


def open_nothing(name: str) -> str:
    """An imported blueprint includes no other file."""
    raise KmsgenError(Problem(f"there is no file `{name}`"))


@dataclass
class Bench:
    """Tries out entries for one key."""

    library: Library
    place: Place
    references: Mapping[str, Any] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    """The texts of what only a stack knows, by the reference that makes each."""
    _made: dict[str, KeyIntent | None] = field(default_factory=dict)
    roles: dict[object, tuple[Statement, ...] | None] = field(default_factory=dict)
    """What roles were seen to make; see `grants`."""

    @cached_property
    def working(self) -> frozenset[str]:
        """The actions that can work on the key."""
        return working(self.place)

    @cached_property
    def context(self) -> Context:
        """The key without anything that anybody may do."""
        made = self.intent({"root": _NOBODY})
        if made is None:
            raise KmsgenError(Problem("no blueprint holds such a key"))
        return Context(made, self.library, Problems())

    def intent(self, more: Mapping[str, Any]) -> KeyIntent | None:
        """The key with more fields; None where the blueprint language does not take them."""
        text = self.text({**fields_of(self.place, Draft(_NOBODY, ())), **more})
        if text not in self._made:
            problems = Problems()
            found = [key for one in parse(text, _FILE, open_nothing, problems) for key in one.keys]
            here = [key for key in found if key.region == self.place.region] or found
            self._made[text] = here[0] if here and not problems.errors else None
        return self._made[text]

    def statements(self, item: Item, more: Mapping[str, Any] | None = None) -> tuple[Statement, ...]:
        """What an entry makes by itself, beside other fields; nothing where the compiler refuses it."""
        made = self.intent({**(more or {}), "root": _NOBODY, item.list: [written(item)]})
        if made is None:
            return ()
        context = Context(made, self.library, Problems())
        drafts = list(
            service_statements(context) if item.list == "services" else grant_statements(context, made.entries)
        )
        if context.problems.errors:
            return ()
        return tuple(restored_statement(one.statement, self.symbols) for one in drafts)

    def text(self, fields: Mapping[str, Any]) -> str:
        """The text of a blueprint of the key alone."""
        return document({_NAME: fields}, self.references)

    def compiled(self, text: str) -> tuple[Key | None, tuple[Problem, ...]]:
        """The key that a text holds, compiled as `generate` would; None, with the mistakes, where it does not."""
        problems = Problems()
        intents = [key for one in parse(text, _FILE, open_nothing, problems) for key in one.keys]
        if problems.errors:
            return None, problems.errors
        here = [key for key in intents if key.region == self.place.region] or intents
        made = compile_key(here[0], self.library, problems)
        return made, problems.errors
