"""Every service of the catalogue: what AWS documents is allowed, what is nearly that is denied, and nothing is open."""

from __future__ import annotations

import re
from functools import cache

import pytest

from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import SERVICE, Statement
from kmsgen.semantics.request import Request
from kmsgen.templates import Template
from tests.services.harness import CASES, LIBRARY, Scenario, near_misses, scenarios

NAMES = LIBRARY.names("services")
_SCENARIOS = cache(scenarios)
_STATEMENT_KEYS = re.compile(r"aws:Source|kms:EncryptionContext")


def template(name: str) -> Template:
    found = LIBRARY.find("services", name)
    assert found is not None
    return found


def said(request: Request) -> str:
    return f"{request.principal} {request.action} {dict(request.context)}"


def test_every_service_has_cases_and_every_case_a_service() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_aws_documents_is_allowed_and_what_is_not_is_denied(name: str) -> None:
    for one in _SCENARIOS(name):
        assert one.allowed, one.name
        for case in one.allowed:
            for request in case.requests():
                assert one.decide(request).verdict == "allowed", f"{one.name}: {said(request)}"
        for case in one.denied:
            assert case.why, f"{one.name}: a near miss says why it is one"
            for request in case.requests():
                assert one.decide(request).access == "none", f"{one.name}: {case.why}: {said(request)}"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_nearly_a_documented_request_is_denied(name: str) -> None:
    for one in _SCENARIOS(name):
        for case in one.allowed:
            let_in = set()
            for what, near in near_misses(case):
                if what in case.loose:
                    let_in.add(what)
                    assert any(one.decide(request).verdict == "allowed" for request in near.requests()), (
                        f"{one.name}: `{what}` is said to be let in, and is not: {near}"
                    )
                    continue
                for request in near.requests():
                    assert one.decide(request).access == "none", f"{one.name}: {what}: {said(request)}"
            assert let_in == case.loose, f"{one.name}: no such near miss: {case.loose - let_in}"


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_and_every_action_is_needed_by_a_documented_request(name: str) -> None:
    allowed: dict[str, set[str]] = {}
    for one in _SCENARIOS(name):
        assert one.statements, one.name
        used: dict[str, set[str]] = {str(statement.sid): set() for statement in one.statements}
        for case in one.allowed:
            for request in case.requests():
                for statement in one.decide(request).statements:
                    used.setdefault(str(statement.sid), set()).add(request.action)
        assert all(used[str(statement.sid)] for statement in one.statements), f"{one.name}: a statement is dead: {used}"
        for sid, actions in used.items():
            allowed.setdefault(sid, set()).update(actions)
    for one in _SCENARIOS(name):
        for statement in one.statements:
            asked = allowed[str(statement.sid)]
            assert statement.actions <= asked, f"{one.name}: no case needs {sorted(statement.actions - asked)}"


@pytest.mark.parametrize("name", NAMES)
def test_the_header_lists_just_what_the_statements_allow(name: str) -> None:
    made = {action for one in _SCENARIOS(name) for statement in one.statements for action in statement.actions}
    assert template(name).bound == made
    assert made <= ACTIONS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_leaves_a_door_open(name: str) -> None:
    for one in _SCENARIOS(name):
        for statement in one.statements:
            _has_a_fence(template(name), one, statement)
            _bounds_grants(one, statement)
            _opens_to_everybody_only_by_name(one, statement)


def _has_a_fence(found: Template, one: Scenario, statement: Statement) -> None:
    kinds = {principal.kind == SERVICE for principal in statement.principals}
    assert len(kinds) == 1, f"{one.name}: {statement.sid} names services and principals of IAM"
    if kinds == {True} and not any(_STATEMENT_KEYS.match(test.key) for test in statement.conditions):
        reasons = found.unfenced.keys()
        assert "*" in reasons or statement.actions <= reasons, f"{one.name}: {statement.sid} has no condition"


def _bounds_grants(one: Scenario, statement: Statement) -> None:
    if "kms:CreateGrant" in statement.actions:
        assert statement.conditions, f"{one.name}: {statement.sid} allows any grant"
        own = {action for action in statement.actions if "Grant" in action}
        tested = {test.key for test in statement.conditions}
        assert own == statement.actions or "kms:GrantIsForAWSResource" not in tested, (
            f"{one.name}: {statement.sid} asks of other actions that they make a grant"
        )


def _opens_to_everybody_only_by_name(one: Scenario, statement: Statement) -> None:
    if any(principal.is_everyone for principal in statement.principals):
        tested = {test.key for test in statement.conditions}
        assert tested & {"aws:PrincipalOrgID", "aws:SourceOrgID", "kms:CallerAccount", "aws:PrincipalAccount"}, one.name


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_all_that_the_catalogue_shows(name: str) -> None:
    found = template(name)
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
    assert all((found.title, found.service, found.pattern, found.evidence, found.sources))
    assert found.summary.endswith(".")
    assert all(url.startswith("https://docs.aws.amazon.com/") for url in found.sources)
    for parameter in found.parameters.values():
        assert parameter.summary.endswith("."), f"{parameter.name} is not documented"
        assert parameter.example or not parameter.required, f"{parameter.name} has no example"
    assert all(text.endswith(".") for text in (*found.caveats, *found.tightened, *found.unfenced.values()))


def test_no_name_and_no_alias_stands_for_two_services() -> None:
    seen: dict[str, str] = {name: name for name in NAMES}
    for name in NAMES:
        for alias in template(name).aliases:
            assert alias not in seen, f"`{alias}` of `{name}` is taken by `{seen[alias]}`"
            seen[alias] = name
            assert LIBRARY.aliases[alias] == name


def test_every_family_is_used() -> None:
    families = {path.stem for path in (CASES.parents[2] / "templates/services/families").glob("*.yaml")}
    assert families == {template(name).family for name in NAMES} - {None}
