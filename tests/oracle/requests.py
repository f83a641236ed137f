"""Random requests for a pair of policies, from the policies' own constants and what is near them, and of this world.

Nothing of how an engine divides the requests is used, since its own mistakes would be repeated here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from kmsgen.catalog import actions, condition_keys
from kmsgen.policy.model import Policy, Principal, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.request import Request
from tests.oracle import pools, world
from tests.oracle.neighbours import instance, near, text
from tests.oracle.patterns import action_test

Context = dict[str, tuple[str, ...]]


def tested_keys(*policies: Policy) -> frozenset[str]:
    """The condition keys that policies test, in lower case."""
    return frozenset(test.key.lower() for policy in policies for one in policy.statements for test in one.conditions)


class Sampler:
    """Draws requests for one pair."""

    def __init__(self, rng: random.Random, old: Policy, new: Policy) -> None:
        self.rng = rng
        self.statements = [*old.statements, *new.statements]
        self.tested = tested_keys(old, new)
        self.constants: dict[str, list[str]] = {}
        for one in self.statements:
            for test in one.conditions:
                if "Null" not in test.operator:
                    self.constants.setdefault(test.key.lower(), []).extend(test.values)
        self.principals = sorted({p for one in self.statements for p in (*one.principals, *one.not_principals)})
        self.patterns = sorted({name for one in self.statements for name in (*one.actions, *one.not_actions)})

    def requests(self, count: int) -> Iterator[Request]:
        """That many requests that can occur; some of them contradict a supposed fact."""
        made = 0
        for _ in range(20 * count):
            request = self.draw()
            if world.violations(request, tested=self.tested):
                continue
            if not self.is_narrow(request) and self.rng.random() < 0.7:
                continue
            yield request
            made += 1
            if made == count:
                return

    def is_narrow(self, request: Request) -> bool:
        """Whether a request contradicts no supposed fact either."""
        return not world.violations(request, narrow=True, tested=self.tested)

    def draw(self) -> Request:
        """A request that leans towards one statement, which it often meets but for something."""
        rng = self.rng
        goal = rng.choice(self.statements)
        principal, context = self._caller(goal)
        action = self._action(goal)
        aims = {test.key.lower(): test for test in goal.conditions} if rng.random() < 0.8 else {}
        for key in sorted(self.tested | aims.keys()):
            if key in world.IDENTITY or key == world.CONTEXT_KEYS:
                continue
            constants = self.constants.get(key, [])
            if key in aims and rng.random() < 0.8:
                operator = parse_operator(aims[key].operator)
                if operator and operator.negated and rng.random() < 0.3:
                    continue
                constants = list(aims[key].values) if operator and operator.base != "Null" else constants
            if values := self._values(key, constants):
                context[spelled(key)] = values
        if "aws:viaawsservice" in self.tested and "kms:viaservice" not in self.tested and rng.random() < 0.5:
            context["kms:ViaService"] = ("s3.eu-west-1.amazonaws.com",)
        self._name_contexts(context, goal)
        return Request(principal, action, self._possible(principal, action, context))

    def _values(self, key: str, constants: list[str]) -> tuple[str, ...]:
        rng = self.rng
        if rng.random() < (0.05 if key in world.ALWAYS else 0.2):
            return ()
        if not world.is_list(key):
            return (near(rng, key, constants),)
        count = rng.choice((1, 1, 2, 2, 3))
        return tuple(dict.fromkeys(near(rng, key, self.constants.get(key, [])) for _ in range(count)))

    def _name_contexts(self, context: Context, goal: Statement) -> None:
        """Further encryption-context keys, so that the list of their names varies."""
        if world.CONTEXT_KEYS not in self.tested:
            return
        rng = self.rng
        wanted = [value for test in goal.conditions if test.key.lower() == world.CONTEXT_KEYS for value in test.values]
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            name = near(rng, world.CONTEXT_KEYS, wanted or self.constants.get(world.CONTEXT_KEYS, []))
            taken = {key.lower() for key in context}
            if f"{world.CONTEXT_KEY}{name.lower()}" not in taken:
                context[f"kms:EncryptionContext:{name}"] = ("x",)

    # Who.

    def _caller(self, goal: Statement) -> tuple[str, Context]:
        rng = self.rng
        draw = rng.random()
        arns = self.constants.get("aws:principalarn", [])
        if draw < 0.25 and arns:
            return self._as_caller(instance(rng, rng.choice(arns)))
        named = sorted(goal.principals or goal.not_principals)
        if draw < 0.8:
            return self._of_principal(rng.choice(named))
        if draw < 0.93:
            return self._of_principal(rng.choice(self.principals))
        return self._anyone()

    def _of_principal(self, principal: Principal) -> tuple[str, Context]:
        rng = self.rng
        if principal.is_everyone:
            return self._anyone()
        if principal.kind == "Service":
            return (principal.value if rng.random() < 0.7 else rng.choice(pools.SERVICES)), {}
        value = principal.value
        if value.isdecimal() or value.endswith(":root"):
            account = value if value.isdecimal() else value.split(":")[4]
            return self._in_account(account)
        return self._as_caller(value if rng.random() < 0.7 else text(rng, value))

    def _in_account(self, account: str) -> tuple[str, Context]:
        rng = self.rng
        if rng.random() < 0.25:
            return rng.choice((account, f"arn:aws:iam::{account}:root")), {}
        kind, name = rng.choice((("role", rng.choice(pools.ROLES)), ("user", rng.choice(pools.USERS))))
        return self._as_caller(f"arn:aws:iam::{account}:{kind}/{name}")

    def _as_caller(self, arn: str) -> tuple[str, Context]:
        """The caller with that ARN: a role by itself, or by one of its sessions."""
        rng = self.rng
        parts = arn.split(":", 5)
        if len(parts) < 6 or not parts[4].isdecimal() or len(parts[4]) != 12 or rng.random() < 0.1:
            account = rng.choice(pools.ACCOUNTS)
            parts = [*arn.split(":", 5), *["role/other"] * 6][:6]
            parts[:5] = ["arn", "aws", "iam", "", account]
        partition, account = parts[1], parts[4]
        kind, slash, name = parts[5].partition("/")
        if kind == "assumed-role" and rng.random() < 0.5:
            role = f"{rng.choice(('', '', 'app/', 'x:y/'))}{name.partition('/')[0]}"
            return f"arn:{partition}:sts::{account}:{parts[5]}", {
                "aws:PrincipalArn": (f"arn:{partition}:iam::{account}:role/{role}",)
            }
        if kind == "role" and name and rng.random() < 0.6:
            session = rng.choice(pools.SESSIONS)
            return f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session}", {
                "aws:PrincipalArn": (f"arn:{partition}:iam::{account}:role/{name}",)
            }
        if not slash and kind != "root":
            parts[5] = f"role/{kind or 'other'}"
        return ":".join(parts), {}

    def _anyone(self) -> tuple[str, Context]:
        rng = self.rng
        draw = rng.random()
        if draw < 0.1:
            return "*", {}
        if draw < 0.35:
            services = self.constants.get("aws:principalservicename", []) + list(pools.SERVICES)
            return instance(rng, rng.choice(services)), {}
        if draw < 0.45:
            return f"arn:aws:sts::{rng.choice(pools.ACCOUNTS)}:federated-user/{rng.choice(('ann', 'bob'))}", {}
        names = self.constants.get("aws:username", [])
        if names and rng.random() < 0.5:
            name = instance(rng, rng.choice(names))
            return f"arn:aws:iam::{rng.choice(pools.ACCOUNTS)}:user/{rng.choice(('', 'eng/'))}{name}", {}
        return self._in_account(rng.choice((*pools.ACCOUNTS, "999999999999")))

    # What.

    def _action(self, goal: Statement) -> str:
        rng = self.rng
        draw = rng.random()
        patterns = sorted(goal.actions) if goal.actions and draw < 0.7 else self.patterns
        if draw > 0.9 or not patterns:
            return rng.choice([name for name, one in actions.ACTIONS.items() if one.in_key_policy])
        pattern = rng.choice(patterns)
        test = action_test(pattern)
        matching = [name for name, one in actions.ACTIONS.items() if one.in_key_policy and test.fullmatch(name)]
        if matching and rng.random() < 0.85:
            return rng.choice(matching)
        lower = pattern.lower().replace("kms:", "", 1)
        return "kms:" + "".join(rng.choice(("", "New", "x")) if c == "*" else "z" if c == "?" else c for c in lower)

    # With what.

    def _possible(self, principal: str, action: str, context: Context) -> Mapping[str, tuple[str, ...]]:
        """The context without what the caller or the action does not carry."""
        rng = self.rng
        kind = world.kind_of(Request(principal, action))
        kept: Context = {}
        for key, values in context.items():
            lower = key.lower()
            who = world.sender(lower)
            silent = kind == "service" or (kind == "anonymous" and lower not in world.NETWORK)
            if (who == "service" and kind != "service") or (who == "principal" and silent):
                continue
            if lower in world.IDENTITY or condition_keys.carries(action, lower):
                kept[key] = values
        if "aws:SourceIp" in kept and any(key.lower() in world.VPC_KEYS for key in kept):
            drop = ["aws:SourceIp"] if rng.random() < 0.5 else [key for key in kept if key.lower() in world.VPC_KEYS]
            kept = {key: values for key, values in kept.items() if key not in drop}
        if "aws:MultiFactorAuthAge" in kept:
            kept["aws:MultiFactorAuthPresent"] = ("true",)
        if action == "kms:CreateGrant" and "kms:grantoperations" in self.tested:
            kept.setdefault("kms:GrantOperations", ("Decrypt",))
        for key in world.ALWAYS & self.tested:
            if key == "aws:securetransport" and rng.random() < 0.1:
                kept.setdefault("aws:SecureTransport", ())
        return kept


def spelled(key: str) -> str:
    """A key as people write it."""
    known = condition_keys.find(key)
    if known is None:
        return key
    rest = key[len(known.name) :]
    spellings = [name[len(known.name) :] for name in (entry.name for entry in pools.KEYS) if name.lower() == key]
    return known.name + (spellings[0] if spellings else rest)
