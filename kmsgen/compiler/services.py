"""`services` to statements: what AWS services may do with the key, and the callers whose requests they send on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kmsgen.blueprint.model import Named, TemplateEntry, Term
from kmsgen.catalog.principals import account_of, via_hosts
from kmsgen.catalog.service_principals import is_regional, service_principal
from kmsgen.compiler.conditions import Lowered, lower
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.expressions import only_name, words_within
from kmsgen.compiler.grantees import (
    Caller,
    Grantees,
    default_pin,
    everybody_in_account,
    gather,
    pin_of,
    whole_accounts,
)
from kmsgen.compiler.grants import find_template, fits_key, refuse_dead_terms
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.parameters import arn_patterns, fill
from kmsgen.compiler.render import Rendering
from kmsgen.compiler.service_checks import check
from kmsgen.compiler.shared import shared
from kmsgen.compiler.split import split
from kmsgen.nodes import Mapping
from kmsgen.policy.model import AWS, SERVICE, Condition, Principal, Statement, condition
from kmsgen.templates import Template
from kmsgen.words import camel

_CALLERS = "principals"
"""The name by which a template means those whom its entry is for."""
_BY_THEMSELVES = frozenset({"service-principal", "service-linked-role"})
"""Patterns in which nobody but the service needs the key, so that callers are let in only where they are named."""

Named_ = tuple[Grantees, tuple[Term, ...]]


def service_statements(context: Context) -> Iterator[Draft]:
    """What the entries of `services` allow."""
    for entry in context.key.services:
        template = find_template(context, "services", Named(entry.name, entry.at))
        if template is None or not fits_key(context, template, entry.at):
            continue
        values = fill(context, template, entry)
        if values is not None:
            yield from _Use(context, template, entry, values).drafts()


@dataclass(frozen=True)
class _Use:
    """One use of a service's template."""

    context: Context
    template: Template
    entry: TemplateEntry
    values: dict[str, Any]
    _lowered: dict[object, tuple[Lowered, ...]] = field(default_factory=dict)

    def drafts(self) -> Iterator[Draft]:
        if self._misses_callers():
            return
        rendering = Rendering(self.context, self.template, self.entry.at)
        variables = {**self.context.variables, "sid": camel(self.template.name), **self._plain_values()}
        variables.update(rendering.arguments(variables))
        before = len(self.context.problems.errors)
        done = False
        for node, by, mixed in zip(self.template.statements, *_callers_of(self.context, self.template), strict=True):
            if mixed:
                self._refuse_mixed(node)
                return
            for named, terms in self._grantees(by[1] if by else None):
                given = {by[0]: {AWS: [one.value for one in named.principals]}} if by else {}
                for statement in rendering.statement(node, {**variables, **given}):
                    done = True
                    yield from self._made(node, statement, named if by else None, terms)
        if not done and len(self.context.problems.errors) == before:
            message = f"`{self.template.name}` allows nothing with what it is given here"
            self.context.problems.error(message, self.entry.at)

    def _plain_values(self) -> dict[str, Any]:
        """Parameters as expressions see them: callers by their ARNs, whether or not a statement names them."""
        plain = dict(self.values)
        for name, parameter in self.template.parameters.items():
            if parameter.type == "caller" and plain[name] is not None:
                callers = plain[name] if parameter.many else [plain[name]]
                plain[name] = [pattern for who in callers for pattern in arn_patterns(who)]
        plain[_CALLERS] = [pattern for one in self._callers() for pattern in arn_patterns(one.who)]
        return plain

    def _misses_callers(self) -> bool:
        """Whether the entry is for somebody whom nobody names, or says whom it is for and is for nobody."""
        said, entry, template = self.entry.for_ or self.entry.whole_account, self.entry, self.template
        wanted = any(by is not None and by[1] == _CALLERS for by in _callers_of(self.context, template)[0])
        if said and not wanted:
            message = f"`{template.name}` is for no callers: the service uses the key by itself"
            self.context.problems.error(message, entry.at, "leave `for` out")
        elif wanted and not said and template.pattern not in _BY_THEMSELVES and not self._has_callers():
            message = f"`{template.name}` is for principals that use the key through the service, and nobody is named"
            self.context.problems.error(message, entry.at, "say who: `for: [role/NAME]`, or give the key `users`")
        else:
            return False
        return True

    def _has_callers(self) -> bool:
        named = (name for name, parameter in self.template.parameters.items() if parameter.type == "caller")
        return any(self.values[name] for name in named) or any(True for _ in self._callers())

    def _callers(self) -> Iterator[Caller]:
        """Those whom the entry is for: as it says, else the key's users, as they may use the key anyway."""
        if self.entry.for_ or self.entry.whole_account or self.template.pattern in _BY_THEMSELVES:
            yield from (Caller(who, default_pin(who)) for who in self.entry.for_)
            return
        for one in self.context.key.entries:
            if one.noun == "users":
                yield from (Caller(who, pin_of(one, who), one.when) for who in one.who)

    def _refuse_mixed(self, node: Mapping) -> None:
        hint = 'write `Principal: "{{ principals }}"`, and a statement for each group'
        related = (("used here", self.entry.at),)
        self.context.problems.error("callers stand alone in `Principal`", node.at, hint, related)

    def _grantees(self, name: str | None) -> list[Named_]:
        """Whom a statement names that names `name`, once for each way of naming; once for none."""
        if name is None:
            return [(Grantees((), (), "", foreign=False), ())]
        if name == _CALLERS:
            if self.entry.whole_account:
                return [(everybody_in_account(self.context), ())]
            return list(gather(self.context, self._callers()))
        given, parameter = self.values[name], self.template.parameters[name]
        values: list[Any] = [] if given is None else given if parameter.many else [given]
        if parameter.type == "caller":
            return list(gather(self.context, (Caller(who, default_pin(who)) for who in values)))
        return self._accounts(name, values)

    def _accounts(self, name: str, numbers: list[str]) -> list[Named_]:
        key = self.context.key
        if key.account in numbers:
            at = self.entry.parameters[name].at if name in self.entry.parameters else self.entry.at
            hint = "name others; say what the key's own account may do with `root:`"
            self.context.problems.error(f"`{name}`: {key.account} is the key's own account", at, hint)
            return []
        return [(whole_accounts(self.context, numbers), ())] if numbers else []

    def _made(
        self, node: Mapping, statement: Statement, named: Grantees | None, terms: tuple[Term, ...]
    ) -> Iterator[Draft]:
        context, entry, template = self.context, self.entry, self.template
        statement = self._spelled(node, statement)
        by_service = any(principal.kind == SERVICE for principal in statement.principals)
        lowered = self._conditions(by_service, terms)
        if named is None:
            foreign = any(account_of(one.value) not in ("", context.key.account) for one in statement.principals)
            named = Grantees(tuple(statement.principals), (), "", foreign)
        for made in split(context, template, statement, named, lowered, entry.at):
            check(context, template, node, made.statement, entry)
            yield made._replace(statement=made.statement.but(origin=origin_of(entry.at)))

    def _conditions(self, by_service: bool, terms: tuple[Term, ...]) -> tuple[Lowered, ...]:
        """What the entry asks for, and under what the callers use the key anyway; each mistake is told once."""
        asked = (by_service, terms)
        if asked not in self._lowered:
            own = lower(self.context, self.entry.when, for_service=by_service)
            refuse_dead_terms(self.context, own, set(self.template.bound & self.context.working))
            lowered = own if not terms else lower(self.context, (*self.entry.when, *terms), for_service=by_service)
            self._lowered[asked] = lowered
        return self._lowered[asked]

    def _spelled(self, node: Mapping, statement: Statement) -> Statement:
        """The statement with services' names in full: `Service: logs`, `kms:ViaService: s3`."""
        return statement.but(
            principals=frozenset(self._principal(node, one) for one in statement.principals),
            conditions=frozenset(self._condition(node, one) for one in statement.conditions),
        )

    def _principal(self, node: Mapping, principal: Principal) -> Principal:
        if principal.kind != SERVICE:
            return principal
        key = self.context.key
        if key.region is None and is_regional(principal.value, None) and "." not in principal.value:
            self._needs_region(f"`{principal.value}` has another name in each Region")
        return Principal(SERVICE, service_principal(principal.value, key.region, key.partition))

    def _condition(self, node: Mapping, test: Condition) -> Condition:
        if test.key != "kms:ViaService" or all("." in value for value in test.values):
            return test
        region = self.context.key.region
        if region is None:
            self._needs_region("`kms:ViaService` names the key's Region")
            return test
        hosts: list[str] = []
        for value in test.values:
            found = (value,) if "." in value else via_hosts(value, region)
            if found is None:
                related = (("used here", self.entry.at),)
                hint = "write the host in full: `NAME.{{ region }}.amazonaws.com`"
                self.context.problems.error(f"unknown service `{value}` in `kms:ViaService`", node.at, hint, related)
            hosts += found or ()
        return condition(test.operator, test.key, hosts or test.values)

    def _needs_region(self, why: str) -> None:
        message = f"`{self.template.name}` needs the key's Region: {why}"
        self.context.problems.error(message, self.entry.at, "add `region: …` to the key or to `defaults`")


def takes_callers(template: Template) -> bool:
    """Whether the template has statements for those whom its entry is for."""
    named = (_named_by(template, node) for node in template.statements)
    return any(by is not None and by[1] == _CALLERS for by in named)


def _callers_of(context: Context, template: Template) -> tuple[list[tuple[str, str] | None], list[bool]]:
    """For every statement of a template how it names callers, and whether it mixes them with others; told once."""
    kept, key = shared(context.library), ("callers", template.name)
    if key not in kept:
        named = [_named_by(template, node) for node in template.statements]
        mixes = [
            by is None and _mixes_callers(template, node) for by, node in zip(named, template.statements, strict=True)
        ]
        kept[key] = (named, mixes)
    found: tuple[list[tuple[str, str] | None], list[bool]] = kept[key]
    return found


def _mixes_callers(template: Template, node: Mapping) -> bool:
    """Whether callers are named within a longer `Principal`, past how and when each of them may be."""
    callers = {_CALLERS, *(name for name, parameter in template.parameters.items() if parameter.type == "caller")}
    return not callers.isdisjoint(words_within(node.items["Principal"][1] if "Principal" in node.items else None))


def _named_by(template: Template, node: Mapping) -> tuple[str, str] | None:
    """The name by which a statement's `Principal` means callers or accounts, and the name of these; None for others.

    The two differ where a family's argument stands for callers.
    """
    written = only_name(node.items["Principal"][1] if "Principal" in node.items else None)
    name = written
    while name in template.arguments:
        name = only_name(template.arguments[name])
    parameter = template.parameters.get(name or "")
    if written and name and (name == _CALLERS or (parameter and parameter.type in ("caller", "account"))):
        return written, name
    return None
