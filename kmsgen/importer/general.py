"""What AWS services may do, where no entry of theirs says it: the two entries that take any service and any actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kmsgen.importer.atoms import Allowed, Atom, Unit, World, atoms
from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Item
from kmsgen.importer.terms import when
from kmsgen.policy.model import ANYONE, AWS, SERVICE, Condition

BY_ITSELF, FORWARDING = "aws-service", "through-aws-service"
_VIA, _CALLER = "kms:viaservice", "kms:calleraccount"
_Conditions = frozenset[Condition]


@dataclass
class General:
    """Finds entries for services that have none of their own."""

    bench: Bench
    world: World
    allowed: Allowed
    originals: Mapping[Condition, Condition]
    covered: frozenset[Atom]
    """What other entries say already."""

    def items(self) -> Iterator[Item]:
        """An entry for each service and set of conditions of which something is left."""
        left: dict[tuple[Unit, _Conditions], set[str]] = {}
        for (unit, action), ways in self.allowed.by.items():
            for conditions, _ in ways:
                if not any(Atom(unit, some, action) in self.covered for some in _fewer(conditions, ways)):
                    left.setdefault((unit, conditions), set()).add(action)
        for (unit, conditions), actions in left.items():
            item = self._item(unit, conditions, sorted(actions))
            made = [] if item is None else [a for one in self.bench.statements(item) for a in atoms(one, self.world)]
            if item is not None and made and all(map(self.allowed.allows, made)):
                places = frozenset(place for atom in made for place in self.allowed.covered_by(atom))
                yield Item(item.list, item.names, item.options, places)

    def _item(self, unit: Unit, conditions: _Conditions, actions: list[str]) -> Item | None:
        said: Any = actions[0] if len(actions) == 1 else actions
        if unit.kind == SERVICE:
            options: dict[str, Any] = {"name": unit.value, "actions": said}
            return Item("services", (BY_ITSELF,), {**options, **self._when(conditions, service=True)})
        tested = {test.key: test for test in conditions}
        here = Condition("StringEquals", _CALLER, (self.bench.place.account,))
        via = tested.get(_VIA)
        everybody = unit == Unit(AWS, ANYONE) and here in conditions
        if not everybody or via is None or via.operator not in ("StringEquals", "StringLike"):
            return None
        names: Any = via.values[0] if len(via.values) == 1 else list(via.values)
        options = {"name": names, "actions": said, "for": "account"}
        return Item("services", (FORWARDING,), {**options, **self._when(conditions - {here, via}, service=False)})

    def _when(self, conditions: _Conditions, *, service: bool) -> dict[str, Any]:
        tests = [self.originals.get(test, test) for test in conditions]
        return {"when": when(tests, self.bench.place.region, service=service)} if tests else {}


def _fewer(conditions: _Conditions, ways: list[tuple[_Conditions, int]]) -> Iterator[_Conditions]:
    return (some for some, _ in ways if some <= conditions)
