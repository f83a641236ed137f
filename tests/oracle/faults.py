"""Faults to plant, each of a kind that is easily made: every one of them must be caught by the oracle.

`EVALUATION` breaks how one request is decided, `COMPARISON` how all are. Each fault takes pytest's `monkeypatch`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from kmsgen.catalog import patterns
from kmsgen.policy.model import Condition
from kmsgen.policy.operators import Operator, parse_operator
from kmsgen.semantics import (
    acting,
    classes,
    compare,
    conditions,
    evaluate,
    identity,
    ordered,
    regions,
    space,
    statements,
)
from kmsgen.semantics.request import Request

Fault = Callable[[pytest.MonkeyPatch], None]
Context = Mapping[str, tuple[str, ...]]
Holds = Callable[[Context], bool]
Test = Callable[[str], bool]

_prepared, _matcher, _value_test = (
    conditions.prepared.__wrapped__, conditions._matcher.__wrapped__, conditions._value_test
)  # fmt: skip
_glob, _strength = patterns.glob, statements.Callers.strength


def _forget(patch: pytest.MonkeyPatch, prepared: Callable[..., Holds] = _prepared) -> None:
    """Put `prepared` everywhere, and leave behind what was remembered from before."""
    fresh = cache(prepared)
    for module in (conditions, statements, space):
        patch.setattr(module, "prepared", fresh)
    matchers = cache(evaluate.matchers.__wrapped__)
    for module in (evaluate, compare):
        patch.setattr(module, "matchers", matchers)


def _patch_prepared(patch: pytest.MonkeyPatch, change: Callable[[Condition, Operator, Holds], Holds]) -> None:
    def prepared(test: Condition, variables: bool = True) -> Holds:
        operator = parse_operator(test.operator)
        assert operator is not None
        return change(test, operator, _prepared(test, variables))

    _forget(patch, prepared)


def _patch_values(patch: pytest.MonkeyPatch, change: Callable[..., Any]) -> None:
    patch.setattr(conditions, "_value_test", change)
    _forget(patch)


def _patch_matcher(patch: pytest.MonkeyPatch, change: Callable[[str, str, bool], Test]) -> None:
    patch.setattr(conditions, "_matcher", cache(change))
    _forget(patch)


def _patch_glob(patch: pytest.MonkeyPatch, change: Callable[[str], Test]) -> None:
    changed = cache(change)
    for module in (patterns, conditions, statements):
        patch.setattr(module, "glob", lambda pattern, **_: changed(pattern))
    patch.setattr(conditions, "arn_like", cache(patterns.arn_like.__wrapped__))
    _patch_matcher(patch, _matcher)


def _patch_strength(patch: pytest.MonkeyPatch, change: Callable[[statements.Callers, Request, str], str]) -> None:
    def strength(callers: statements.Callers, request: Request) -> str:
        return change(callers, request, _strength(callers, request))

    patch.setattr(statements.Callers, "strength", strength)
    _forget(patch)


def if_exists_forgotten(patch: pytest.MonkeyPatch) -> None:
    """`…IfExists` as if it were not written."""

    def parse(text: str) -> Operator | None:
        found = parse_operator(text)
        return found and found._replace(if_exists=False)

    patch.setattr(conditions, "parse_operator", parse)
    _forget(patch)


def negated_false_when_absent(patch: pytest.MonkeyPatch) -> None:
    """A negated operator fails on an absent key."""

    def change(test: Condition, operator: Operator, holds: Holds) -> Holds:
        plain = operator.negated and not operator.set_word and not operator.if_exists
        return lambda context: holds(context) and not (plain and not context.get(test.key.lower()))

    _patch_prepared(patch, change)


def negation_per_value(patch: pytest.MonkeyPatch) -> None:
    """A negated operator holds where any of its values fails to match."""

    def change(operator: Operator, values: tuple[str, ...], variables: bool) -> Any:
        each = [_value_test(operator, (value,), variables) for value in values]
        if operator.negated:
            return lambda value, context: any(test(value, context) for test in each)
        return _value_test(operator, values, variables)

    _patch_values(patch, change)


def every_value_needed(patch: pytest.MonkeyPatch) -> None:
    """The values of a test as if all had to match."""

    def change(operator: Operator, values: tuple[str, ...], variables: bool) -> Any:
        each = [_value_test(operator, (value,), variables) for value in values]
        return lambda value, context: all(test(value, context) for test in each)

    _patch_values(patch, change)


def _set_fault(patch: pytest.MonkeyPatch, word: str, when_empty: bool) -> None:
    def change(test: Condition, operator: Operator, holds: Holds) -> Holds:
        ours = operator.set_word == word
        return lambda context: when_empty if ours and not context.get(test.key.lower()) else holds(context)

    _patch_prepared(patch, change)


def for_all_values_false_on_empty(patch: pytest.MonkeyPatch) -> None:
    """`ForAllValues` fails on an absent key."""
    _set_fault(patch, "ForAllValues", when_empty=False)


def for_any_value_true_on_empty(patch: pytest.MonkeyPatch) -> None:
    """`ForAnyValue` holds on an absent key."""
    _set_fault(patch, "ForAnyValue", when_empty=True)


def only_first_of_several(patch: pytest.MonkeyPatch) -> None:
    """A set word looks at the first value alone."""

    def change(test: Condition, operator: Operator, holds: Holds) -> Holds:
        key = test.key.lower()
        if not operator.set_word:
            return holds
        return lambda context: holds({**context, key: context.get(key, ())[:1]})

    _patch_prepared(patch, change)


def null_turned_round(patch: pytest.MonkeyPatch) -> None:
    """`Null: true` means that the key is there."""

    def change(test: Condition, operator: Operator, holds: Holds) -> Holds:
        return (lambda context: not holds(context)) if operator.base == "Null" else holds

    _patch_prepared(patch, change)


def absent_boolean_is_false(patch: pytest.MonkeyPatch) -> None:
    """An absent key reads as `false` under `Bool`."""

    def change(test: Condition, operator: Operator, holds: Holds) -> Holds:
        key = test.key.lower()
        if operator.base != "Bool" or operator.set_word:
            return holds
        return lambda context: holds({**context, key: context.get(key) or ("false",)})

    _patch_prepared(patch, change)


def question_mark_as_star(patch: pytest.MonkeyPatch) -> None:
    """`?` stands for any run of characters."""
    _patch_glob(patch, lambda pattern: _glob(re.sub(r"(?<!\{)\?", "*", pattern)))


def star_needs_a_character(patch: pytest.MonkeyPatch) -> None:
    """`*` stands for at least one character."""
    _patch_glob(patch, lambda pattern: _glob(re.sub(r"(?<!\{)\*", "?*", pattern)))


def strings_fold_case(patch: pytest.MonkeyPatch) -> None:
    """`StringEquals` ignores case."""
    _patch_matcher(patch, lambda base, pattern, escapes: _matcher(
        "StringEqualsIgnoreCase" if base in ("StringEquals", "StringNotEquals") else base, pattern, escapes))  # fmt: skip


def ignore_case_keeps_case(patch: pytest.MonkeyPatch) -> None:
    """`StringEqualsIgnoreCase` is `StringEquals`."""
    _patch_matcher(patch, lambda base, pattern, escapes: _matcher(base.removesuffix("IgnoreCase"), pattern, escapes))


def equals_takes_wildcards(patch: pytest.MonkeyPatch) -> None:
    """`StringEquals` is `StringLike`."""
    _patch_matcher(patch, lambda base, pattern, escapes: _matcher(
        "StringLike" if base in ("StringEquals", "StringNotEquals") else base, pattern, escapes))  # fmt: skip


def arn_equals_is_literal(patch: pytest.MonkeyPatch) -> None:
    """`ArnEquals` takes no wildcards."""
    _patch_matcher(patch, lambda base, pattern, escapes: _matcher(
        "StringEquals" if base in ("ArnEquals", "ArnNotEquals") else base, pattern, escapes))  # fmt: skip


def bounds_are_off_by_one(patch: pytest.MonkeyPatch) -> None:
    """`LessThan` includes its bound."""
    _patch_matcher(patch, lambda base, pattern, escapes: _matcher(
        f"{base}Equals" if base.endswith("LessThan") else base, pattern, escapes))  # fmt: skip


def networks_without_their_first(patch: pytest.MonkeyPatch) -> None:
    """The first address of a network is not in it."""

    def matcher(base: str, pattern: str, escapes: bool) -> Test:
        inside = _matcher(base, pattern, escapes)
        if base in ("IpAddress", "NotIpAddress") and "/" in pattern:
            return lambda value: inside(value) and value != pattern.partition("/")[0]
        return inside

    _patch_matcher(patch, matcher)


def denies_need_direct_access(patch: pytest.MonkeyPatch) -> None:
    """A Deny of an account does not reach the account's roles and users."""
    strength = statements.Matcher.strength

    def changed(matcher: statements.Matcher, request: Request) -> str:
        found = strength(matcher, request)
        return "none" if not matcher.allows and found == "delegated" else found

    patch.setattr(statements.Matcher, "strength", changed)
    _forget(patch)


def accounts_give_direct_access(patch: pytest.MonkeyPatch) -> None:
    """An account as principal gives access by itself."""
    _patch_strength(patch, lambda callers, request, found: "direct" if found == "delegated" else found)


def everyone_has_no_services(patch: pytest.MonkeyPatch) -> None:
    """`*` does not mean AWS services."""
    _patch_strength(patch, lambda callers, request, found: "none" if callers.everyone and request.kind == "service"
                    else found)  # fmt: skip


def not_principal_as_principal(patch: pytest.MonkeyPatch) -> None:
    """`NotPrincipal` means whom it names."""
    init = statements.Matcher.__init__

    def changed(matcher: statements.Matcher, statement: Any, variables: bool) -> None:
        init(matcher, statement, variables)
        if statement.not_principals:
            matcher._callers, matcher._all_but = statements.Callers(statement.not_principals), None

    patch.setattr(statements.Matcher, "__init__", changed)
    _forget(patch)


def not_action_ignored(patch: pytest.MonkeyPatch) -> None:
    """`NotAction` means every action."""
    acting = statements.acting
    patch.setattr(statements, "acting", lambda yes, no=(): (lambda action: True) if no else acting(yes))
    _forget(patch)


def conditions_are_alternatives(patch: pytest.MonkeyPatch) -> None:
    """One condition of a statement suffices."""
    init = statements.Matcher.__init__

    def changed(matcher: statements.Matcher, statement: Any, variables: bool) -> None:
        init(matcher, statement, variables)
        tests = matcher.tests
        matcher.tests = (lambda context: any(test(context) for test in tests),) if tests else ()

    patch.setattr(statements.Matcher, "__init__", changed)
    _forget(patch)


EVALUATION: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        if_exists_forgotten, negated_false_when_absent, negation_per_value, every_value_needed,
        for_all_values_false_on_empty, for_any_value_true_on_empty, only_first_of_several, null_turned_round,
        absent_boolean_is_false, question_mark_as_star, star_needs_a_character, strings_fold_case,
        ignore_case_keeps_case, equals_takes_wildcards, arn_equals_is_literal, bounds_are_off_by_one,
        networks_without_their_first, denies_need_direct_access,
        accounts_give_direct_access, everyone_has_no_services, not_principal_as_principal,
        not_action_ignored, conditions_are_alternatives,
    )
}  # fmt: skip


def no_absent_class(patch: pytest.MonkeyPatch) -> None:
    """A key's classes without the one that stands for its absence."""
    patch.setattr(space, "classes", lambda *given, **more: [one for one in classes.classes(*given, **more) if one])


def no_other_value(patch: pytest.MonkeyPatch) -> None:
    """Without the values that equal no literal."""
    patch.setattr(classes, "_of_patterns", lambda patterns, literals, likely: [] if literals else ["other"])


def no_literals(patch: pytest.MonkeyPatch) -> None:
    """Without the values that policies name."""
    strings = classes.strings
    patch.setattr(classes, "strings", lambda key, tests, names=(): strings(key, tests, names)[-1:])


def no_midpoint(patch: pytest.MonkeyPatch) -> None:
    """Without an instant or number between two bounds."""
    patch.setattr(ordered, "_between", lambda points: points)


def no_set_closure(patch: pytest.MonkeyPatch) -> None:
    """Never two values of a key at once."""
    patch.setattr(classes, "_sets", lambda singles, tests, names, folded: [(single,) for single in singles])


def no_services(patch: pytest.MonkeyPatch) -> None:
    """Callers without services."""
    patch.setattr(identity, "_services", lambda world, tests: [])


def no_root_user(patch: pytest.MonkeyPatch) -> None:
    """Callers without root users."""
    patch.setattr(identity, "_roots", lambda world: [])


def no_sessions(patch: pytest.MonkeyPatch) -> None:
    """Callers without the sessions that policies name."""
    patch.setattr(identity, "_sessions", lambda world, requests: [])


def no_other_names(patch: pytest.MonkeyPatch) -> None:
    """Callers without those that policies do not name."""
    patch.setattr(identity, "_others", lambda world, tests: [])


def no_new_actions(patch: pytest.MonkeyPatch) -> None:
    """Only the catalogue's actions."""
    patch.setattr(acting, "_acting", acting._acting.__wrapped__)
    patch.setattr(acting, "_to_come", lambda globs, taken: [])


def denies_ignored(patch: pytest.MonkeyPatch) -> None:
    """A policy's Deny takes nothing away."""
    patch.setattr(regions.Side, "denies", property(lambda side: []))


def removed_deny_ignored(patch: pytest.MonkeyPatch) -> None:
    """A Deny that goes gives nothing back."""
    beyond = regions.beyond

    def changed(*given: Any) -> Iterator[regions.Piece]:
        return (piece for piece in beyond(*given) if piece.deny is None)

    patch.setattr(compare, "beyond", changed)


def levels_merged(patch: pytest.MonkeyPatch) -> None:
    """Direct and delegated access taken for one."""
    boxes = space.Space.boxes
    patch.setattr(space.Space, "boxes", lambda self, one, level: boxes(self, one, "delegated"))


def impossible_requests(patch: pytest.MonkeyPatch) -> None:
    """Nothing is forbidden: keys of principals come from services, and with actions that do not carry them."""
    patch.setattr(space, "forbidden_together", lambda *given: [])


def possible_requests_forbidden(patch: pytest.MonkeyPatch) -> None:
    """A fact too many: every key is absent from requests for actions of which the catalogue lists keys."""
    patch.setattr("kmsgen.semantics.rules.condition_keys.carries", lambda action, name, kind=None: False)


def later_statements_ignored(patch: pytest.MonkeyPatch) -> None:
    """The statements after the first left out."""
    stated = space.stated
    patch.setattr(compare, "stated", lambda policy: stated(policy)[:1])


COMPARISON: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        no_absent_class, no_other_value, no_literals, no_midpoint, no_set_closure, no_services, no_root_user,
        no_sessions, no_other_names, no_new_actions, denies_ignored, removed_deny_ignored, levels_merged,
        impossible_requests, possible_requests_forbidden, later_statements_ignored,
    )
}  # fmt: skip
