"""A policy's statements to a draft: root mode, roles, services and guards where they mean the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kmsgen.blueprint.intent import RootMode
from kmsgen.compiler.context import Context
from kmsgen.compiler.fixed import root_statements
from kmsgen.errors import Problems
from kmsgen.importer.atoms import Allowed, Atom, World, atoms, canonical, plain
from kmsgen.importer.bench import Bench
from kmsgen.importer.general import General
from kmsgen.importer.grants import Grants
from kmsgen.importer.guards import guards
from kmsgen.importer.model import Draft, Item
from kmsgen.importer.place import facts_of
from kmsgen.importer.principals import reference_data, reference_name
from kmsgen.importer.services import Services
from kmsgen.importer.settle import nobody
from kmsgen.importer.verbatim import Cleaned, with_dead, written_out
from kmsgen.policy.model import Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.unknown import unknown

_MODES: tuple[RootMode, ...] = ("delegate", "delegate-admin", "recovery")


def recognised(bench: Bench, statements: tuple[Cleaned, ...]) -> Draft:
    """The draft that the statements of a policy make; what of them is not recognised whole is written out."""
    world = World(bench.working, bench.context.kind, bench.place.partition, bench.place.account)
    kept = {place: one.statement for place, one in enumerate(statements) if one.statement is not None}
    bench = replace(bench, references=_references(bench, kept.values()))
    allowed = Allowed()
    for place, statement in kept.items():
        if _told_apart(bench, statement):
            for atom in atoms(statement, world):
                allowed.add(atom, place)
    originals = {canonical(test): test for one in kept.values() for test in one.conditions}
    root, of_root, given = _root(bench, world, allowed)
    items: list[Item] = [
        *Grants(bench, world, allowed, originals).items(),
        *Services(bench, world, allowed, kept).items(),
    ]
    items = _pruned(bench, world, given, items)
    known = frozenset(given).union(*(_atoms_of(bench, world, item) for item in items))
    items += General(bench, world, allowed, originals, known).items()
    draft = Draft(root, tuple(items), of_root, references=bench.references)
    covered = _covered(bench, world, allowed, given, items)
    found = guards(bench, draft, kept)
    denied = {place for item in found for place in item.statements}
    whole = {place for place, one in kept.items() if place in denied or (place in covered and _told_apart(bench, one))}
    chosen = [item for item in items if item.statements & whole]
    written = [written_out(place, one) for place, one in enumerate(statements) if place in kept and place not in whole]
    if not of_root & whole:
        root, of_root = nobody(), frozenset[int]()
    return replace(
        draft, root=root, root_statements=of_root & whole, items=with_dead((*chosen, *found, *written), statements)
    )


def _told_apart(bench: Bench, statement: Statement) -> bool:
    """Whether atoms say all that there is to a statement, and it is known what that is."""
    return plain(statement) and unknown(statement, facts_of(bench.place)) is None


def _root(bench: Bench, world: World, allowed: Allowed) -> tuple[Any, frozenset[int], list[Atom]]:
    """The root mode that gives the account most of what it has, the statements that it stands for, its atoms."""
    for mode in _MODES:
        made = bench.intent({"root": mode})
        if made is None:
            continue
        context = Context(made, bench.library, Problems())
        given = [atom for one in root_statements(context) for atom in atoms(one.statement, world)]
        if given and all(map(allowed.allows, given)):
            covered = {place for atom in given for place in allowed.covered_by(atom)}
            return mode, frozenset(covered), given
    return nobody(), frozenset(), []


def _pruned(bench: Bench, world: World, given: list[Atom], items: list[Item]) -> list[Item]:
    """The items without those that say nothing which the others do not say; the ones that say least go first."""
    says = {id(item): frozenset(_atoms_of(bench, world, item)) for item in items}
    kept = list(items)
    for item in sorted(items, key=lambda one: len(says[id(one)])):
        others = [says[id(one)] for one in kept if one is not item]
        rest = _index_of(frozenset(given).union(*others))
        if all(_within(atom, rest) for atom in says[id(item)]):
            kept.remove(item)
    return kept


_Index = dict[tuple[object, str], list[Any]]


def _index_of(made: Iterable[Atom]) -> _Index:
    index: _Index = {}
    for atom in made:
        index.setdefault((atom.unit, atom.action), []).append(atom.conditions)
    return index


def _within(atom: Atom, index: _Index) -> bool:
    return any(one <= atom.conditions for one in index.get((atom.unit, atom.action), ()))


def _covered(bench: Bench, world: World, allowed: Allowed, given: list[Atom], items: Iterable[Item]) -> set[int]:
    """The statements that say nothing which the root mode and the items do not say."""
    made = set(given)
    for item in items:
        made |= set(_atoms_of(bench, world, item))
    index, left, every = _index_of(made), set[int](), set[int]()
    for (unit, action), ways in allowed.by.items():
        for conditions, place in ways:
            every.add(place)
            if not _within(Atom(unit, conditions, action), index):
                left.add(place)
    return every - left


def _atoms_of(bench: Bench, world: World, item: Item) -> Iterable[Atom]:
    statements: tuple[Statement, ...] = bench.statements(item)
    return [atom for one in statements for atom in atoms(one, world)]


def _references(bench: Bench, statements: Iterable[Statement]) -> dict[str, Any]:
    """The principals that a stack makes, as `principals` has them."""
    texts = {one.value for statement in statements for one in statement.principals if is_symbolic(one.value)}
    return {reference_name(text): reference_data(text, bench.place) for text in sorted(texts) if _of_one(text)}


def _of_one(text: str) -> bool:
    return not text.endswith(":root") and "⟨" not in text.rpartition("/")[0]
