"""Random key policies, as JSON documents, and pairs of them: one seed gives one pair."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from kmsgen.catalog import condition_keys
from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from tests.oracle import mutate, patterns, pools, rewrite, world

Document = dict[str, Any]


class Pair(NamedTuple):
    """Two policies and how the second came about."""

    old: Document
    new: Document
    how: str
    """`rewritten` (equal by construction), `mutated`, `independent`."""

    @property
    def policies(self) -> tuple[Policy, Policy]:
        """The two as values."""
        return read_policy(self.old), read_policy(self.new)


def pair(seed: int) -> Pair:
    """The pair of a seed."""
    rng = random.Random(seed)
    theme = themed(rng)
    old = policy(rng, theme)
    draw = rng.random()
    if draw < 0.2:
        return Pair(old, rewrite.rewritten(rng, old), "rewritten")
    if draw < 0.75:
        changed = mutate.mutated(rng, old, lambda: statement(rng, theme))
        return Pair(old, rewrite.rewritten(rng, changed) if rng.random() < 0.3 else changed, "mutated")
    return Pair(old, policy(rng, theme), "independent")


_RICH = tuple(
    pools.BY_NAME[name]
    for name in """aws:principalarn aws:sourcearn aws:sourceip aws:principaltag/team kms:encryptioncontext:app
    kms:encryptioncontext:aws:s3:arn kms:viaservice aws:principalorgid""".split()
)
"""Keys that policies really test, and whose values overlap in many ways."""


def themed(rng: random.Random) -> tuple[pools.Key, ...]:
    """The few condition keys that a pair's statements share."""
    keys = rng.sample(pools.KEYS, rng.randint(1, 3))
    if rng.random() < 0.6:
        keys.append(rng.choice(_RICH))
    if rng.random() < 0.35:
        keys += [rng.choice(pools.LISTS)] * 2
    if any(key.name.startswith("kms:EncryptionContext") for key in keys) and rng.random() < 0.4:
        keys += [pools.LISTS[0], pools.BY_NAME["kms:encryptioncontext:app"]]
    return tuple(keys)


def policy(rng: random.Random, theme: tuple[pools.Key, ...]) -> Document:
    """A policy of one to five statements."""
    count = rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 5))
    document: Document = {"Version": "2012-10-17", "Statement": [statement(rng, theme) for _ in range(count)]}
    if rng.random() < 0.04:
        del document["Version"]
    elif rng.random() < 0.04:
        document["Version"] = "2008-10-17"
    if all(one["Effect"] == "Deny" for one in document["Statement"]):
        document["Statement"][0]["Effect"] = "Allow"
    return document


def statement(rng: random.Random, theme: tuple[pools.Key, ...]) -> Document:
    """One statement, mostly of principals and actions whose requests carry what it tests."""
    conditions = condition_block(rng, theme)
    tested = [key for keys in conditions.values() for key in keys] if rng.random() < 0.85 else []
    denies = rng.random() < 0.3
    made: Document = {"Effect": "Deny" if denies else "Allow"}
    negated = rng.random() < (0.15 if denies else 0.03)
    who = principals(rng, everyone=0 if negated else 0.6 if denies else 0.25)
    for _ in range(5):
        if negated or _can_send(who, tested):
            break
        who = principals(rng, everyone=0.3)
    made["NotPrincipal" if negated else "Principal"] = who
    actions = [_carrying(rng, tested) for _ in range(rng.choice((1, 1, 2, 3)))]
    made["NotAction" if rng.random() < 0.08 else "Action"] = _one_or_list(rng, actions)
    made["Resource"] = "*"
    if conditions:
        made["Condition"] = conditions
    return made


def _can_send(who: Any, tested: list[str]) -> bool:
    """Whether any of the principals' requests can carry all keys."""
    if not isinstance(who, dict) or "*" in who.get("AWS", ()):
        return True
    senders = {world.sender(key) for key in tested}
    return not ((senders == {"service"} and "Service" not in who) or ("principal" in senders and "AWS" not in who))


def _carrying(rng: random.Random, tested: list[str]) -> str:
    """An action whose requests carry all keys, if it is found soon."""
    name = action(rng)
    for _ in range(8):
        matching = [one for one in ACTIONS if patterns.action_test(name).fullmatch(one)]
        if any(all(condition_keys.carries(one, key) for key in tested) for one in matching):
            break
        name = action(rng)
    return name


def principals(rng: random.Random, everyone: float) -> Any:
    """A `Principal` element."""
    if rng.random() < everyone:
        return rng.choice(("*", {"AWS": "*"}))
    found: dict[str, list[str]] = {}
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind, value = principal(rng)
        if value not in found.setdefault(kind, []):
            found[kind].append(value)
    return {kind: _one_or_list(rng, values) for kind, values in found.items()}


def principal(rng: random.Random) -> tuple[str, str]:
    """One principal with its kind."""
    account = rng.choice(pools.ACCOUNTS)
    iam, sts = f"arn:aws:iam::{account}", f"arn:aws:sts::{account}"
    role = rng.choice(pools.ROLES)
    return rng.choice((
        ("AWS", account),
        ("AWS", f"{iam}:root"),
        ("AWS", f"{iam}:role/{role}"),
        ("AWS", f"{iam}:role/{role}"),
        ("AWS", f"{iam}:role/{role}"),
        ("AWS", f"{iam}:user/{rng.choice(pools.USERS)}"),
        ("AWS", f"{sts}:assumed-role/{role.rpartition('/')[2]}/{rng.choice(pools.SESSIONS)}"),
        ("AWS", f"{sts}:federated-user/{rng.choice(pools.USERS).rpartition('/')[2]}"),
        ("Service", rng.choice(pools.SERVICES)),
        ("Service", rng.choice(pools.SERVICES)),
    ))  # fmt: skip


def action(rng: random.Random) -> str:
    """One action, or a pattern for several."""
    return rng.choice(pools.ACTION_GLOBS if rng.random() < pools.MANY_ACTIONS else pools.ACTIONS)


def condition_block(rng: random.Random, theme: tuple[pools.Key, ...]) -> Document:
    """A `Condition` element of up to three tests; empty for none."""
    block: Document = {}
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 2, 3))):
        operator, key, values = test(rng, rng.choice(theme))
        if key not in block.setdefault(operator, {}):
            block[operator][key] = values
    return block


def test(rng: random.Random, key: pools.Key) -> tuple[str, str, Any]:
    """One test: operator, key, values."""
    if rng.random() < 0.1:
        return "Null", key.name, rng.choice(("true", "false", True, "False"))
    operator = rng.choice(key.operators)
    values = rng.sample(key.values, min(rng.choice((1, 1, 2, 3)), len(key.values)))
    if rng.random() < 0.05 and operator in ("StringEquals", "StringNotEquals"):
        name, value = rng.choice(pools.VARIABLES)
        return operator, name, value
    if operator.startswith("Bool"):
        values = values[:1]
    if key in pools.LISTS or rng.random() < 0.04:
        operator = f"{rng.choice(('ForAnyValue', 'ForAllValues'))}:{operator}"
    if rng.random() < 0.15:
        operator += "IfExists"
    return operator, key.name, _one_or_list(rng, values)


def _one_or_list(rng: random.Random, values: list[str]) -> Any:
    return values[0] if len(values) == 1 and rng.random() < 0.7 else values


def tiny(seed: int) -> Pair:
    """A pair whose every test is of literals, so that the values that it names, one more and none are all there are."""
    rng = random.Random(seed)
    keys = [pools.BY_NAME[name] for name in rng.sample(
        ("aws:principaltag/team", "aws:principalorgid", "kms:viaservice", "aws:securetransport",
         "kms:encryptioncontext:app", "aws:sourceaccount", "aws:multifactorauthpresent"), 2)]  # fmt: skip
    theme = tuple(
        key._replace(
            operators=tuple(one for one in key.operators if one in ("StringEquals", "StringNotEquals", "Bool")),
            values=tuple(value for value in key.values if "*" not in value and "?" not in value)[:2],
        )
        for key in keys
    )
    old, new = _tiny(policy(rng, theme)), _tiny(policy(rng, theme))
    return Pair(old, new, "independent")


def _tiny(document: Document) -> Document:
    """Without action wildcards and policy variables."""
    for one in document["Statement"]:
        for element in ("Action", "NotAction"):
            if element in one:
                listed = one[element] if isinstance(one[element], list) else [one[element]]
                one[element] = [name if "*" not in name and "?" not in name else "kms:Decrypt" for name in listed]
        for tests in one.get("Condition", {}).values():
            for key in [key for key, values in tests.items() if "$" in str(values)]:
                del tests[key]
    return document
