"""What principals and accounts may do, back to roles: the fewest that allow it all, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from kmsgen.blueprint.model import Term
from kmsgen.compiler.conditions import Lowered
from kmsgen.compiler.context import Context
from kmsgen.compiler.grantees import Grantees
from kmsgen.compiler.grants import default_roles, grant
from kmsgen.errors import Problems
from kmsgen.importer.atoms import Allowed, Atom, Unit, World, atoms
from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Item
from kmsgen.importer.principals import Called, called
from kmsgen.importer.terms import when
from kmsgen.policy.model import AWS, Condition, Principal
from kmsgen.templates import Template

_MOST = 4
"""How many roles are tried together before the rest is taken one by one."""
_Conditions = frozenset[Condition]


class _Choice(NamedTuple):
    """What a caller is given under one set of conditions."""

    list: str
    roles: tuple[str, ...]
    conditions: _Conditions


class _Part(NamedTuple):
    """One role that a caller is given under conditions."""

    list: str
    role: Template
    conditions: _Conditions

    def __hash__(self) -> int:
        return hash((self.list, self.role.name, self.conditions))


@dataclass
class Grants:
    """Finds entries for callers of one key."""

    bench: Bench
    world: World
    allowed: Allowed
    originals: Mapping[Condition, Condition]
    """Every condition of the policy, by its canonical form."""
    _templates: list[Template] = field(default_factory=list)

    def items(self) -> tuple[Item, ...]:
        """Entries for everybody for whom roles say all that is allowed under some conditions."""
        grouped: dict[tuple[Any, ...], tuple[list[Called], set[int], _Choice]] = {}
        for unit in self.allowed.units():
            who = called(unit, self.bench.place)
            if who is None:
                continue
            for choice, statements in self._choices(unit, who):
                # A whole account stands for itself; others may share an entry.
                alone = who.text if who.list == "accounts" else ""
                key = (choice, who.pin, alone)
                members, covered, _ = grouped.setdefault(key, ([], set(), choice))
                if who not in members:
                    members.append(who)
                covered |= statements
        return tuple(self._item(*group) for group in grouped.values())

    def _item(self, members: list[Called], statements: set[int], choice: _Choice) -> Item:
        options: dict[str, Any] = {}
        usual = tuple(sorted(one.name for one in default_roles(self.bench.context, _Noun(choice.list))))  # type: ignore[arg-type]
        if choice.roles != usual:
            options["can"] = choice.roles[0] if len(choice.roles) == 1 else list(choice.roles)
        tests = [self.originals.get(test, test) for test in choice.conditions]
        if tests:
            options["when"] = when(tests, self.bench.place.region)
        if members[0].pin is not None:
            options["pin"] = members[0].pin
        return Item(choice.list, tuple(sorted(one.text for one in members)), options, frozenset(statements))

    def _choices(self, unit: Unit, who: Called) -> Iterator[tuple[_Choice, set[int]]]:
        given: dict[tuple[str, _Conditions], list[Template]] = {}
        for part in self._needed_parts(unit, who):
            given.setdefault((part.list, part.conditions), []).append(part.role)
        for (noun, conditions), roles in given.items():
            made = [atom for role in roles for atom in self._atoms(role, unit, who, conditions)]
            covered = {place for atom in made for place in self.allowed.covered_by(atom)}
            yield _Choice(noun, tuple(sorted({one.name for one in roles})), conditions), covered

    def _needed_parts(self, unit: Unit, who: Called) -> list[_Part]:
        """The roles, each with its conditions, without those that say nothing which the others do not say."""
        parts = list(dict.fromkeys(self._parts(unit, who)))
        says = {part: frozenset(self._atoms(part.role, unit, who, part.conditions)) for part in parts}
        kept = list(parts)
        for part in sorted(parts, key=lambda one: (len(says[one]), one.role.name)):
            others = frozenset[Atom]().union(*(says[one] for one in kept if one != part))
            if all(any(_says(other, atom) for other in others) for atom in says[part]):
                kept.remove(part)
        return kept

    def _parts(self, unit: Unit, who: Called) -> Iterator[_Part]:
        wanted: dict[_Conditions, dict[int, set[str]]] = {}
        for (one, action), ways in self.allowed.by.items():
            if one == unit:
                for conditions, place in ways:
                    wanted.setdefault(conditions, {}).setdefault(place, set()).add(action)
        for conditions in sorted(wanted, key=lambda one: (len(one), sorted(one))):
            names = self._cover(unit, who, conditions, wanted[conditions])
            for noun, roles in _by_list(names, who):
                asked = self._needed(roles, unit, who, conditions)
                yield from (_Part(noun, role, asked) for role in roles)

    def _needed(self, roles: Iterable[Template], unit: Unit, who: Called, conditions: _Conditions) -> _Conditions:
        """The conditions without those that the roles bring themselves."""
        listed, asked = list(roles), conditions

        def made(tests: _Conditions) -> set[Atom]:
            return {atom for role in listed for atom in self._atoms(role, unit, who, tests)}

        for test in sorted(conditions):
            if made(asked - {test}) == made(asked):
                asked -= {test}
        return asked

    def _cover(
        self, unit: Unit, who: Called, conditions: _Conditions, wanted: Mapping[int, set[str]]
    ) -> list[Template]:
        """The fewest roles that allow all actions of those statements of which roles allow all."""
        offers: list[tuple[Template, frozenset[str]]] = []
        for template in self._roles(who):
            made = self._atoms(template, unit, who, conditions)
            if made and all(map(self.allowed.allows, made)):
                actions = frozenset(atom.action for atom in made if atom.conditions == conditions)
                if actions:
                    offers.append((template, actions))
        able = _together(offers)
        left: set[str] = set()
        for named in wanted.values():
            here = {action for action in named if not self._allowed_otherwise(unit, conditions, action)}
            left |= here if here <= able else set()
        offers.sort(key=lambda one: (-len(one[1] & left), one[0].name))
        for count in range(min(1, len(left)), _MOST + 1):
            found = [some for some in combinations(offers, count) if left <= _together(some)]
            if found:
                return [template for template, _ in min(found, key=_unusual)]
        return list(_greedy(offers, left))

    def _allowed_otherwise(self, unit: Unit, conditions: _Conditions, action: str) -> bool:
        """Whether the caller may do it under fewer conditions anyway."""
        return any(ways < conditions for ways, _ in self.allowed.by.get((unit, action), ()))

    def _roles(self, who: Called) -> Iterable[Template]:
        if not self._templates:
            self._templates += [one for one in self.bench.library.all("roles") if self._fits(one)]
        lists = ("accounts",) if who.list == "accounts" else ("admins", "users")
        return [
            one
            for one in self._templates
            if set(one.nouns) & set(lists) and not (who.foreign and one.across_accounts == "no")
        ]

    def _fits(self, template: Template) -> bool:
        settings = self.bench.context.key.settings
        return (
            (not template.usage or settings.usage in template.usage)
            and (not template.spec or settings.spec in template.spec)
            and (not template.origin or settings.origin in template.origin)
            and (template.multi_region is None or template.multi_region is self.bench.context.key.multi_region)
        )

    def _atoms(self, template: Template, unit: Unit, who: Called, conditions: _Conditions) -> list[Atom]:
        """What a role allows a caller under conditions."""
        asked = tuple(sorted(self.originals.get(test, test) for test in conditions))
        key = (template.name, asked, who.foreign)
        if key not in self.bench.roles:
            self.bench.roles[key] = _made(self.bench, template, asked, foreign=who.foreign)
        statements = self.bench.roles[key] or ()
        return [atom._replace(unit=unit) for one in statements for atom in atoms(one, self.world)]


class _Noun(NamedTuple):
    """What the compiler asks of an entry to say what it may do by default."""

    noun: str
    at: None = None


def _made(bench: Bench, template: Template, tests: tuple[Condition, ...], *, foreign: bool) -> Any:
    """The statements of a role for somebody, under conditions; None where the compiler refuses them."""
    context = Context(bench.context.key, bench.library, Problems())
    at = context.key.at
    lowered = tuple(Lowered(Term("raw", (test,), at), (test,)) for test in tests)
    own = bench.place.account
    account = own if not foreign else next(one for one in ("111122223333", "444455556666") if one != own)
    somebody = Grantees((Principal(AWS, f"arn:aws:iam::{account}:role/somebody"),), (), "", foreign)
    made = tuple(one.statement for one in grant(context, template, somebody, lowered, at))
    return None if context.problems.errors else made


def _by_list(templates: Iterable[Template], who: Called) -> Iterator[tuple[str, list[Template]]]:
    """The roles by the list in which they are given."""
    listed = list(templates)
    if who.list == "accounts":
        if listed:
            yield "accounts", listed
        return
    only_users = [one for one in listed if "admins" not in one.nouns]
    only_admins = [one for one in listed if "users" not in one.nouns]
    both = [one for one in listed if one not in only_users and one not in only_admins]
    if only_admins or (both and not only_users):
        yield "admins", [*only_admins, *([] if only_users else both)]
    if only_users:
        yield "users", [*only_users, *both]


def _says(wide: Atom, narrow: Atom) -> bool:
    """Whether one thing that is allowed is all of another."""
    return (wide.unit, wide.action) == (narrow.unit, narrow.action) and wide.conditions <= narrow.conditions


def _together(offers: Iterable[tuple[Template, frozenset[str]]]) -> frozenset[str]:
    return frozenset[str]().union(*(here for _, here in offers))


def _unusual(offers: Iterable[tuple[Template, frozenset[str]]]) -> tuple[int, int]:
    """What is against some roles, of as many: that they are cut short of the usual ones, and what they say twice."""
    listed = list(offers)
    return sum(one.name.endswith("-only") for one, _ in listed), sum(len(here) for _, here in listed)


def _greedy(offers: list[tuple[Template, frozenset[str]]], left: set[str]) -> Iterator[Template]:
    rest = set(left)
    while rest:
        template, here = max(offers, key=lambda one: len(one[1] & rest))
        rest -= here
        yield template
