"""What a service's template says of every key of one kind, made once, and how what differs is filled in for each.

A plan is for entries that give the same parameters of one template, for keys of which nothing but their names differs:
it has the statements as the whole way made them, checks and all, and the expressions of those conditions that name
what differs. Parameters are checked for every entry, and so is what conditions become. What is not plainly text, and
whatever else could decide in another way, goes the whole way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsgen import nodes
from kmsgen.blueprint.model import TemplateEntry
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.expressions import words, words_of
from kmsgen.compiler.leaves import Leaf, LeafError, Variables, compile_leaf
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.service_checks import of_two_accounts
from kmsgen.compiler.shared import shared
from kmsgen.nodes import Node, Scalar, Sequence
from kmsgen.policy.model import Condition
from kmsgen.policy.operators import parse_operator
from kmsgen.templates import Template

_CALLERS = "principals"


class Hole(NamedTuple):
    """A condition whose values are filled in each time."""

    operator: str
    key: str
    leaves: tuple[Leaf, ...]

    def filled(self, variables: Variables) -> Condition | None:
        """The condition; None where its values are not plainly texts."""
        found: list[str] = []
        for leaf in self.leaves:
            value = leaf(variables)
            if type(value) is str:
                found.append(value)
            elif isinstance(value, list | tuple):
                found += value
            else:
                return None
        if set(map(type, found)) != {str} or "" in found:
            return None
        return Condition(self.operator, self.key, tuple(sorted(set(found))))


class Planned(NamedTuple):
    """A statement whose conditions are partly filled in."""

    draft: Draft
    """With the conditions that are always the same, and no origin."""
    holes: tuple[Hole, ...]
    of_resources: bool
    """Whether its conditions tell a resource and an account, which could be of two accounts."""


class Plan(NamedTuple):
    """What a template makes for entries of one kind."""

    template: Template
    statements: tuple[Planned, ...]
    arguments: tuple[tuple[str, Leaf], ...]
    """What a family is given, in its order."""
    always: tuple[Leaf, ...]
    """What has to hold, or there are other statements."""
    never: tuple[Leaf, ...]
    """What must not hold."""
    sid: str

    def drafts(self, context: Context, at: TemplateEntry, values: Mapping[str, Any]) -> list[Draft] | None:
        """The statements with these parameters; None where they have to be made the whole way."""
        variables: dict[str, Any] = {**context.variables, "sid": self.sid, **values, _CALLERS: []}
        origin = origin_of(at.at)
        made: list[Draft] = []
        try:
            for name, leaf in self.arguments:
                value = leaf(variables)
                variables[name] = None if value in ("", [], ()) else value
            for leaf in self.always:
                if not leaf(variables):
                    return None
            for leaf in self.never:
                if leaf(variables):
                    return None
            for (bases, said, statement), holes, of_resources in self.statements:
                conditions = statement.conditions
                if holes:
                    tests = [hole.filled(variables) for hole in holes]
                    if None in tests:
                        return None
                    conditions = conditions.union(tests)  # type: ignore[arg-type]
                    if of_resources and of_two_accounts(conditions) is not None:
                        return None
                made.append(Draft(bases, said, statement.but(conditions=conditions, origin=origin)))
        except LeafError:
            return None
        return made


class Sketch(NamedTuple):
    """One statement of a template, and what the whole way made of it."""

    node: nodes.Mapping
    callers: str | None
    """By which name it names callers or accounts; None where it names others."""
    drafts: tuple[Draft, ...]


class Kind(NamedTuple):
    """What entries that could share a plan have in common."""

    said: Hashable
    texts: frozenset[str]
    """The parameters that they give texts for."""


def kind_of(context: Context, entry: TemplateEntry) -> Kind | None:
    """What the entry has in common with those that could share its plan; None where it goes the whole way."""
    if entry.for_ or entry.whole_account or entry.when:
        return None
    said: list[Hashable] = []
    for name, (value, _) in entry.parameters.items():
        kind = type(value)
        if kind is str or (kind is tuple and all(type(one.value) is str for one in value)):
            said.append(name)
        elif kind is bool or kind is int:
            said.append((name, kind, value))
        else:
            return None
    return Kind(("plan", entry.name, context.facts, *said), frozenset([one for one in said if type(one) is str]))


def find(context: Context, kind: Kind) -> Plan | bool:
    """The plan for entries of a kind; where there is none, whether one is to be made, as at the second such entry."""
    kept = shared(context.library)
    found: Plan | bool | None = kept.get(kind.said)
    if found is None:
        kept[kind.said] = True  # most kinds of a small set of keys are never met again
        return False
    return found


def keep(
    context: Context,
    kind: Kind,
    entry: TemplateEntry,
    template: Template,
    variables: Mapping[str, Any],
    sketches: Iterable[Sketch],
) -> None:
    """Make the plan of a kind from what the whole way made of an entry, and keep it, or that there is none."""
    plan = _planned(kind, template, variables, list(sketches))
    if plan is not None:
        values = {name: variables[name] for name in template.parameters}
        drafts = [one for sketch in sketches for one in sketch.drafts]
        made = plan.drafts(context, entry, values)
        if made != drafts or [one.statement.origin for one in made] != [one.statement.origin for one in drafts]:
            plan = None
    shared(context.library)[kind.said] = plan if plan is not None else False


def _planned(kind: Kind, template: Template, variables: Mapping[str, Any], sketches: Iterable[Sketch]) -> Plan | None:
    differing = _differing(template, kind.texts)
    arguments = [
        (name, _leaf(node) if name in differing else _same(variables[name]))
        for name, node in template.arguments.items()
    ]
    statements: list[Planned] = []
    always: list[Leaf] = []
    never: list[Leaf] = []
    for sketch in sketches:
        items = sketch.node.items
        if sketch.callers is not None:
            if sketch.drafts or sketch.callers in differing or variables.get(sketch.callers) not in (None, [], ()):
                return None
            continue
        if "if" in items:
            asked = _leaf(items["if"][1])
            if asked is None:
                return None
            holds = bool(asked(variables))
            (always if holds else never).append(asked)
            if not holds:
                continue
        planned = _statement(sketch, differing)
        if planned is None or "for_each" in items:
            return None
        statements.append(planned)
    filled = [(name, leaf) for name, leaf in arguments if leaf is not None]
    if not statements or len(filled) < len(arguments):
        return None
    return Plan(template, tuple(statements), tuple(filled), tuple(always), tuple(never), variables["sid"])


def _differing(template: Template, texts: frozenset[str]) -> frozenset[str]:
    """The names of all that may differ between keys of one kind: given texts, the key, and what is made of these."""
    differing = {"key", *texts}
    for name, parameter in template.parameters.items():
        if not differing.isdisjoint(words_of(str(parameter.default))):
            differing.add(name)
    for name, node in template.arguments.items():
        if not differing.isdisjoint(words(node)):
            differing.add(name)
    return frozenset(differing)


def _statement(sketch: Sketch, differing: frozenset[str]) -> Planned | None:
    """A statement of which only values of conditions differ; None for others."""
    items = sketch.node.items
    fixed = (value for element, (_, value) in items.items() if element not in ("Condition", "if"))
    if len(sketch.drafts) != 1 or any(not differing.isdisjoint(words(value)) for value in fixed):
        return None
    (draft,) = sketch.drafts
    holes = list(_holes(items["Condition"][1] if "Condition" in items else None, differing))
    filled = {(hole.operator, hole.key) for hole in holes if hole is not None}
    conditions = draft.statement.conditions
    same = frozenset(test for test in conditions if (test.operator, test.key) not in filled)
    if None in holes or len(filled) < len(holes) or len(same) + len(holes) != len(conditions):
        return None
    keys = {test.key.lower() for test in conditions}
    bare = draft._replace(statement=draft.statement.but(conditions=same, origin=()))
    known = tuple(hole for hole in holes if hole is not None)
    return Planned(bare, known, bool(known) and {"aws:sourcearn", "aws:sourceaccount"} <= keys)


def _holes(node: Node | None, differing: frozenset[str]) -> Iterator[Hole | None]:
    """The conditions that name what differs; None for one that is not of the plainest kind."""
    if not isinstance(node, nodes.Mapping):
        if not differing.isdisjoint(words(node)):
            yield None
        return
    for operator, (_, tests) in node.items.items():
        if not isinstance(tests, nodes.Mapping):
            yield from [None] if not differing.isdisjoint(words(tests)) else []
            continue
        parsed = parse_operator(operator)
        for key, (_, value) in tests.items.items():
            if not differing.isdisjoint(words_of(key)):
                yield None
            elif not differing.isdisjoint(words(value)):
                leaves = [_leaf(item) for item in (value.items if isinstance(value, Sequence) else [value])]
                plain = tuple(leaf for leaf in leaves if leaf is not None)
                # A test for `Null` decides by its value, and a service's name becomes that of its host.
                other = parsed is None or parsed.base == "Null" or "{{" in key or key.lower() == "kms:viaservice"
                yield None if other or len(plain) < len(leaves) else Hole(operator, key, plain)


def _leaf(node: Node) -> Leaf | None:
    """What fills a text; None for what is none."""
    if not isinstance(node, Scalar) or node.is_null or (node.plain and node.value in ("true", "false")):
        return None
    return compile_leaf(node.value)


def _same(value: Any) -> Leaf:
    return lambda variables: value
