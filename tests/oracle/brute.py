"""Every combination of a few values for everything that two policies ask about: what differs, by evaluation alone."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import NamedTuple

from kmsgen.catalog import actions
from kmsgen.policy.model import Policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request
from tests.oracle import world
from tests.oracle.neighbours import near
from tests.oracle.patterns import action_test
from tests.oracle.requests import Context, Sampler, spelled

RANKS = {"none": 0, "delegated": 1, "direct": 2}


class Difference(NamedTuple):
    """A request with its access (0 none, 1 delegated, 2 direct) before and after."""

    request: Request
    before: int
    after: int


class Brute(NamedTuple):
    """What a walk over a universe found."""

    differences: tuple[Difference, ...]
    seen: int
    complete: bool
    """Whether every combination was tried."""

    @property
    def gains(self) -> bool:
        """Whether any request has more access after."""
        return any(one.after > one.before for one in self.differences)

    @property
    def losses(self) -> bool:
        """Whether any request has less access after."""
        return any(one.after < one.before for one in self.differences)


def rank(policy: Policy, request: Request) -> int:
    """The access that a policy gives, as a number."""
    return RANKS[evaluate(policy, request).access]


def brute(old: Policy, new: Policy, *, limit: int = 20_000, seed: int = 0) -> Brute:
    """The requests of a small universe that differ."""
    found: list[Difference] = []
    seen = 0
    for request in itertools.islice(universe(old, new, seed=seed), limit):
        seen += 1
        before, after = rank(old, request), rank(new, request)
        if before != after:
            found.append(Difference(request, before, after))
    return Brute(tuple(found), seen, seen < limit)


def universe(old: Policy, new: Policy, *, seed: int = 0) -> Iterator[Request]:
    """The requests: each caller with each action and each combination of values, as far as they can occur."""
    sampler = Sampler(random.Random(seed), old, new)
    keys = sorted(sampler.tested - world.IDENTITY - {world.CONTEXT_KEYS})
    if "aws:multifactorauthage" in keys and "aws:multifactorauthpresent" not in keys:
        keys.append("aws:multifactorauthpresent")
    if "aws:viaawsservice" in sampler.tested and "kms:viaservice" not in keys:
        keys.append("kms:viaservice")
    choices = [values(sampler, key) for key in keys]
    for (principal, identity), action in itertools.product(callers(sampler), acting(sampler)):
        known: set[tuple[tuple[str, tuple[str, ...]], ...]] = set()
        for chosen in itertools.product(*choices):
            context = identity | {spelled(key): value for key, value in zip(keys, chosen, strict=True) if value}
            request = Request(principal, action, context)
            form = tuple(sorted(context.items()))
            if form not in known and not world.violations(request, senders=True, tested=sampler.tested):
                known.add(form)
                yield request


def callers(sampler: Sampler) -> list[tuple[str, Context]]:
    """Whom the policies name, by themselves and beside a stranger of each kind."""
    found: dict[str, Context] = {"*": {}, "other.amazonaws.com": {}}
    accounts = {"999999999999"}
    for kind, value in sampler.principals:
        if kind == "Service":
            found[value] = {}
        elif kind == "AWS" and (value.isdecimal() or value.startswith("arn:")):
            account = value if value.isdecimal() else value.split(":")[4]
            accounts.add(account)
            parts = value.split(":", 5)
            if parts[-1].startswith("assumed-role/"):
                role = parts[-1].split("/")[1]
                found[value] = {"aws:PrincipalArn": (f"arn:aws:iam::{account}:role/{role}",)}
                found[f"arn:aws:iam::{account}:role/{role}"] = {}
            elif value.startswith("arn:"):
                found[value] = {}
    for account in sorted(accounts):
        iam, sts = f"arn:aws:iam::{account}", f"arn:aws:sts::{account}"
        for arn in (f"{iam}:root", f"{iam}:role/Stranger", f"{iam}:user/stranger", f"{sts}:federated-user/stranger"):
            found[arn] = {}
    return list(found.items())


def acting(sampler: Sampler) -> list[str]:
    """One action for each way in which the patterns, and what actions carry, tell actions apart; and a new one."""
    tests = [action_test(pattern) for pattern in sampler.patterns]
    classes: dict[tuple[object, ...], str] = {}
    for name, action in actions.ACTIONS.items():
        if action.in_key_policy:
            matched = tuple(test.fullmatch(name) is not None for test in tests)
            classes.setdefault((*matched, action.condition_keys), name)
    return [*classes.values(), "kms:Zzz"]


def values(sampler: Sampler, key: str) -> list[tuple[str, ...]]:
    """The values to try for a key: none, what the policies name, what is near, another."""
    if world.type_of(key) == "bool":
        return [(), ("true",), ("false",)]
    constants = sampler.constants.get(key, [])
    plain = [
        value for value in dict.fromkeys(constants) if world.type_of(key) in ("string", "arn") and "$" not in value
    ]
    drawn = [near(sampler.rng, key, constants) for _ in range(3)]
    single = list(dict.fromkeys([*plain, "other" if world.type_of(key) == "string" else drawn[0], *drawn]))[:7]
    found: list[tuple[str, ...]] = [(), *((value,) for value in single)]
    if world.is_list(key):
        found += itertools.combinations(single[:4], 2)
    return found
