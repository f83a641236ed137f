"""What AWS services may do, back to entries of `services`: a template tried with the values that statements have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kmsgen.catalog.principals import VIA_ALIASES
from kmsgen.compiler.arns import RefusedValueError, arn_of
from kmsgen.compiler.services import takes_callers
from kmsgen.importer.atoms import Allowed, Atom, World, atoms
from kmsgen.importer.bench import Bench
from kmsgen.importer.general import BY_ITSELF, FORWARDING
from kmsgen.importer.model import Item
from kmsgen.importer.unify import guesses, listed, services_of, tests_of
from kmsgen.policy.model import SERVICE, Statement
from kmsgen.templates import Library, Parameter, Template

_INDICES: dict[int, tuple[Library, dict[str, list[Template]]]] = {}


@dataclass
class Services:
    """Finds service entries for one key."""

    bench: Bench
    world: World
    allowed: Allowed
    statements: Mapping[int, Statement]

    def items(self) -> tuple[Item, ...]:
        """Entries for every service of whose template all statements are there, those that say most first."""
        found: list[tuple[Item, frozenset[Atom]]] = []
        for template, options in self._candidates():
            item, made = self._tried(template, options)
            if item is not None and not any(made <= other for _, other in found):
                found = [one for one in found if not one[1] <= made]
                found.append((item, made))
        return tuple(item for item, _ in found)

    def _candidates(self) -> Iterator[tuple[Template, dict[str, Any]]]:
        """Templates of the services that are named, each with what its parameters may have been."""
        wanted: dict[str, list[Statement]] = {}
        for statement in self.statements.values():
            for label in _labels(statement):
                wanted.setdefault(label, []).append(statement)
        if not wanted:
            return
        index = _index(self.bench.library)
        for label in sorted(wanted):
            for template in index.get(label, ()):
                for options in self._options(template, wanted[label]):
                    yield template, options

    def _options(self, template: Template, statements: Iterable[Statement]) -> Iterator[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        for statement in statements:
            values = guesses(template, statement, self.bench)
            required = {name for name, one in template.parameters.items() if one.required}
            if required - values.keys():
                continue
            everybody = any(one.is_everyone for one in statement.principals)
            more = {"for": "account"} if everybody and takes_callers(template) else {}
            for some in (values, {name: values[name] for name in sorted(required)}):
                options = {
                    **{name: listed(template.parameters[name], some[name]) for name in some if some[name]},
                    **more,
                }
                if options not in seen:
                    seen.append(options)
                    yield options

    def _tried(self, template: Template, options: dict[str, Any]) -> tuple[Item | None, frozenset[Atom]]:
        item = Item(
            "services", (template.name,), {name: self._short(template, name, options[name]) for name in options}
        )
        made = frozenset(atom for one in self.bench.statements(item) for atom in atoms(one, self.world))
        if not made or not all(map(self.allowed.allows, made)):
            return None, made
        covered = frozenset(place for atom in made for place in self.allowed.covered_by(atom))
        return Item(item.list, item.names, item.options, covered), made

    def _short(self, template: Template, name: str, value: Any) -> Any:
        """A parameter's value by name, where the ARN is made of that."""
        parameter = template.parameters.get(name)
        if parameter is None or parameter.type not in ("arn", "bucket"):
            return value
        if isinstance(value, list):
            return [self._name(parameter, one) for one in value]
        return self._name(parameter, value)

    def _name(self, parameter: Parameter, text: str) -> str:
        for name in (text.rpartition(":")[2], text.rpartition("/")[2], text.partition("log-group:")[2]):
            try:
                if name and arn_of(self.bench.context.key, parameter, name) == text:
                    return name
            except RefusedValueError:
                continue
        return text


def _labels(statement: Statement) -> Iterator[str]:
    """The services that a statement names, as principals or as those that forward everybody's requests."""
    for principal in statement.principals:
        if principal.kind == SERVICE:
            yield principal.value.partition(".amazonaws.com")[0]
            yield principal.value.partition(".")[0]
    if any(one.is_everyone for one in statement.principals):
        for value in tests_of(statement).get("kms:viaservice", ()):
            yield f"via:{value.partition('.')[0]}"


def _index(library: Library) -> dict[str, list[Template]]:
    """The templates by the services that their statements name."""
    known = _INDICES.get(id(library))
    if known is not None and known[0] is library:
        return known[1]
    index: dict[str, list[Template]] = {}
    for template in library.all("services"):
        if template.name in (BY_ITSELF, FORWARDING):
            continue
        for label in dict.fromkeys(services_of(template)):
            for one in _spellings(label):
                index.setdefault(one, []).append(template)
    _INDICES[id(library)] = (library, index)
    return index


def _spellings(label: str) -> Iterable[str]:
    if label.startswith("via:"):
        return [f"via:{one}" for one in VIA_ALIASES.get(label[4:], (label[4:],))]
    return [label.partition(".amazonaws.com")[0]]
