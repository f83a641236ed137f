"""The comparison of policies agrees with an independent solver, with random requests and with brute force."""

from __future__ import annotations

import random

import pytest

from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from tests.oracle import generate, mutate, rewrite, smt
from tests.oracle.adapter import engine_verdict
from tests.oracle.brute import brute
from tests.oracle.judge import Verdict, contradictions, judge, sample

BY_SOLVER = range(60)
BY_REQUESTS = range(1000, 1300)
TINY = range(40)


def faults_of(seed: int, said: Verdict, old: Policy, new: Policy, *, solver: bool) -> list[str]:
    try:
        judged = judge(old, new, limit_ms=2000) if solver else None
    except smt.UnsupportedError:
        judged = None
    return contradictions(old, new, said, judged, sample(old, new, seed, 0 if solver else 100))


@pytest.mark.skipif(not smt.AVAILABLE, reason="cvc5 is not installed: it is in the dev extra")
@pytest.mark.parametrize("seed", BY_SOLVER)
def test_it_agrees_with_the_solver(seed: int) -> None:
    old, new = generate.pair(seed).policies
    assert faults_of(seed, engine_verdict(old, new), old, new, solver=True) == []


@pytest.mark.parametrize("seed", BY_REQUESTS)
def test_no_random_request_contradicts_it(seed: int) -> None:
    old, new = generate.pair(seed).policies
    assert faults_of(seed, engine_verdict(old, new), old, new, solver=False) == []


@pytest.mark.parametrize("seed", TINY)
def test_it_agrees_with_brute_force_where_that_is_complete(seed: int) -> None:
    old, new = generate.tiny(seed).policies
    said = engine_verdict(old, new)
    found = brute(old, new, limit=4000)
    assert said.gains >= found.gains
    assert said.losses >= found.losses
    if found.complete:
        assert (said.gains, said.losses, said.undecided) == (found.gains, found.losses, False)


@pytest.mark.parametrize("seed", range(60))
def test_a_policy_equals_itself_and_its_rewrites(seed: int) -> None:
    document = generate.pair(seed).old
    policy = read_policy(document)
    for other in (document, rewrite.rewritten(random.Random(seed), document, steps=3)):
        said = engine_verdict(policy, read_policy(other))
        assert (said.gains, said.losses, said.undecided) == (False, False, False)


@pytest.mark.parametrize("seed", range(60))
def test_turning_a_pair_round_exchanges_gains_and_losses(seed: int) -> None:
    old, new = generate.pair(seed).policies
    there, back = engine_verdict(old, new), engine_verdict(new, old)
    assert (there.gains, there.losses, there.undecided) == (back.losses, back.gains, back.undecided)


@pytest.mark.parametrize("seed", range(60))
def test_another_allow_takes_nothing_and_another_deny_gives_nothing(seed: int) -> None:
    rng = random.Random(seed)
    pair = generate.pair(seed)
    added = generate.statement(rng, generate.themed(rng))
    old = read_policy(pair.old)
    said = engine_verdict(old, read_policy(pair.old | {"Statement": [*pair.old["Statement"], added]}))
    assert not (said.losses if added["Effect"] == "Allow" else said.gains)


@pytest.mark.parametrize("seed", range(60))
def test_what_a_request_shows_of_a_mutant_is_seen(seed: int) -> None:
    rng = random.Random(seed)
    pair, theme = generate.pair(seed), generate.themed(rng)
    old = read_policy(pair.old)
    new = read_policy(mutate.mutated(rng, pair.old, lambda: generate.statement(rng, theme)))
    assert faults_of(seed, engine_verdict(old, new), old, new, solver=False) == []
