"""The rules about conditions against requests drawn without them, against the catalogue, and against AWS's own samples."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from kmsgen.analysis.conditions import never_matches
from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import all_rules
from kmsgen.analysis.subject import Asked
from kmsgen.catalog.actions import ACTIONS
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Effect, Policy, Statement
from kmsgen.semantics.evaluate import matches
from kmsgen.semantics.prove import callers
from kmsgen.semantics.rules import is_optional
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import SourceKey
from tests.analysis.support import TODAY
from tests.corpus import CORPUS, REASON
from tests.oracle.generate import pair
from tests.oracle.requests import Sampler
from tests.services.harness import LIBRARY, scenarios

RULES = tuple(rule for rule in all_rules() if "KMS440" <= rule.code <= "KMS479")
SETTINGS = Settings(Asked(TODAY), RULES)
NEVER = {"condition-never-carried", "statement-never-matches"}
"""The rules that say of a whole statement that it matches no request."""
SEEDS = range(250)


def found(policy: Policy) -> tuple[Finding, ...]:
    return next(check([SourceKey("key", policy, "policy", "key.json")], SETTINGS)).findings


@cache
def drawn() -> tuple[tuple[int, Statement, frozenset[str], frozenset[str]], ...]:
    """Random statements with conditions: the seed, the statement, the rules that find something, those that are no notes."""
    made = []
    for seed in SEEDS:
        policy = pair(seed).policies[0]
        findings = found(policy)
        for index, statement in enumerate(policy.statements if policy.version else ()):
            of = [one for one in findings if one.statement_index == index]
            loud = frozenset(one.rule for one in of if one.severity != "note")
            if statement.conditions:
                plain = replace(statement, effect=Effect.ALLOW, sid=None, origin=())
                made.append((seed, plain, frozenset(one.rule for one in of), loud))
    return tuple(made)


def test_no_request_that_can_occur_matches_a_statement_that_is_said_to_never_match() -> None:
    dead = [(seed, statement) for seed, statement, rules, _ in drawn() if rules & NEVER]
    assert len(dead) > 20
    for seed, statement in dead:
        alone = Policy((statement,))
        always = {test.key.lower() for test in statement.conditions if not is_optional(test.key.lower())}
        for request in Sampler(random.Random(seed), alone, alone).requests(100):
            if request.action in ACTIONS and always <= request.values.keys():
                assert not matches(alone, statement, request), (statement, request)


def test_of_every_statement_whose_conditions_are_proved_never_to_be_met_something_is_said() -> None:
    quiet = [(seed, statement) for seed, statement, _, loud in drawn() if not loud]
    assert len(quiet) > 20
    facts = KeyFacts()
    for seed, statement in quiet:
        if never_matches(statement, callers(), facts).holds:
            bare = replace(statement, conditions=frozenset())
            assert never_matches(bare, callers(), facts).holds, (seed, statement)


@pytest.mark.parametrize("kind", ["blueprint", "policy"])
def test_nothing_but_a_note_is_found_in_what_the_service_catalogue_makes(kind: str) -> None:
    for name in LIBRARY.names("services"):
        for one in scenarios(name):
            key = SourceKey(one.name, one.policy, kind, f"{name}.yaml", facts=KeyFacts(account=one.account))  # type: ignore[arg-type]
            findings = next(check([key], SETTINGS)).findings
            allowed = {"redundant-condition-value"} if kind == "policy" else set()
            if name == "through-aws-service":  # it is for services that the catalogue does not know
                allowed.add("unknown-via-service")
            assert {finding.rule for finding in findings} <= allowed, (one.name, findings)


FLAWED = {
    # AWS's samples in which a value is really broken.
    "326": {"wildcard-without-like"},  # wildcards under `StringEquals`
    "342": {"wildcard-without-like"},  # wildcards under `StringEquals`
    "391": {"statement-never-matches"},  # a role has no `aws:username`
    "460": {"malformed-account-number"},  # an account of ten digits
    "496": {"malformed-account-number"},  # an account of ten digits
}


def samples() -> Iterator[tuple[str, SourceKey]]:
    """AWS's documented samples and the policies of its managed keys, by the number of their files."""
    for line in (CORPUS / "index.jsonl").read_text(encoding="utf-8").splitlines():
        about = json.loads(line)
        if about["class"] in ("docs-example", "aws-managed-key") and about["file"].startswith("policies/"):
            try:
                (key,) = load(str(CORPUS / about["file"]), Options()).keys
            except KmsgenError:
                continue  # malformed, which is told in another way
            yield about["file"].removeprefix("policies/").partition("-")[0], key


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_errors_in_what_aws_prints_are_those_that_really_are_there() -> None:
    wrong: dict[str, set[str]] = {}
    for number, key in samples():
        for one in next(check([key], SETTINGS)).findings:
            if one.severity == "error":
                wrong.setdefault(number, set()).add(one.rule)
    assert wrong == FLAWED
