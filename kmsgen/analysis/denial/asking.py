"""The request that a denial is about, as far as it is known, and the values that the rest of it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, product

from kmsgen.analysis.denial.model import Denial, Values
from kmsgen.catalog import condition_keys
from kmsgen.catalog.patterns import ARN_PARTS, glob
from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import Condition, Policy, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.conditions import number, resolve, variables_in
from kmsgen.semantics.evaluate import matchers
from kmsgen.semantics.friendly import SOME, instance, other
from kmsgen.semantics.request import Request
from kmsgen.sources.model import SourceKey

MAX_TRIED = 4096
# A service that calls for somebody makes grants for its own resources, and nobody else does:
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
_GRANTING = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
_PATH_REGION = "eu-west-1"


def request_of(denial: Denial, key: SourceKey, principal: str, action: str) -> Request:
    """The request with all that is known of it: what the message tells, and what the key's facts fix."""
    context: dict[str, Values] = {name: value for name, value in key.facts.constants.items() if not any_symbol(value)}
    given = {name.lower() for name in denial.context}
    context = {name: value for name, value in context.items() if name not in given}
    region = denial.region or key.facts.region
    if denial.via and region and not is_symbolic(region):
        context["kms:ViaService"] = (f"{denial.via}.{region}.amazonaws.com",)
    context |= denial.context
    if action in _GRANTING and "kms:grantisforawsresource" not in given:
        by_service = any(name.lower() == "kms:viaservice" for name in context)
        if by_service or "kms:viaservice" in denial.absent:
            context["kms:GrantIsForAWSResource"] = ("true" if by_service else "false",)
    arn = denial.key if denial.key and ":key/" in denial.key else key.arn
    request = Request(principal, action, context, arn)
    if request.kind == "session" and not request.tells_role and key.policy is not None:
        role = _role_of(key.policy, request)
        if role is not None:
            request = replace(request, context={**context, "aws:PrincipalArn": role})
    return request


def any_symbol(values: Iterable[str]) -> bool:
    """Whether some value is only known once its stack is made."""
    return any(map(is_symbolic, values))


def _role_of(policy: Policy, session: Request) -> str | None:
    """The role's ARN with its path, which a session's ARN does not tell, where the policy names a role of that name.

    No two roles of an account have the same name, whatever their paths.
    """
    named = [one.value for statement in policy.statements for one in sorted(statement.principals)]
    tested = [
        value
        for statement in policy.statements
        for test in sorted(statement.conditions)
        if test.key.lower() == "aws:principalarn"
        for value in test.values
    ]
    for text in (*named, *tested):
        parts = text.split(":", ARN_PARTS - 1)
        if len(parts) < ARN_PARTS or not parts[5].startswith("role/") or variables_in(text):
            continue
        path, _, name = parts[5].rpartition("/")
        account = account_of(text)
        if glob(name)(session.role_name or "") and name != "*" and glob(account)(session.account):
            path = path.replace("*", _PATH_REGION).replace("?", "x")
            return f"arn:{session.principal.split(':', 2)[1]}:iam::{session.account}:{path}/{session.role_name}"
    return None


class Unknown:
    """The condition keys whose values are not known of a request, and what they may be."""

    def __init__(self, policy: Policy, request: Request, denial: Denial) -> None:
        self._request = request
        self._absent = denial.absent
        self.keys: dict[str, tuple[Values, ...]] = {}
        """By lower-case key the values to try, the absent one first."""
        found: dict[str, dict[Values, None]] = {}
        self._written: dict[str, str] = {}
        self._together: list[list[str]] = []
        for statement, matcher in zip(policy.statements, matchers(policy), strict=True):
            reached = matcher.acts(request.lower_action) and matcher.strength(request) != "none"
            if not reached or not matcher.on_key(request.key_arn):
                continue
            tried = [pair for test in tests_of(statement) for pair in self._tried(test)]
            self._together.append(sorted({name.lower() for name, _ in tried}))
            for name, values in tried:
                self._written.setdefault(name.lower(), name)
                found.setdefault(name.lower(), {(): None}).update(dict.fromkeys(values))
        self.keys = {key: tuple(values) for key, values in found.items()}

    def _tried(self, test: Condition) -> Iterator[tuple[str, list[Values]]]:
        """The keys of a test whose values are not known, those of its policy variables too, each with values to try."""
        known = self._request.values
        for value in test.values:
            names = [name for name in dict.fromkeys(variables_in(value)) if not self.knows(name)]
            for name in names:
                yield name, [(one,) for one in (*known.get(test.key.lower(), ()), other(name))]
            some = {**known, **{name: (other(name),) for name in names}}
            if variables_in(value) and not self.knows(test.key) and (resolved := resolve(value, some)) is not None:
                yield test.key, [(instance(test.key.lower(), resolved),)]
        if not self.knows(test.key):
            yield test.key, list(_values(test))

    def settles(self, test: Condition) -> bool:
        """Whether it is known of a test whether it holds."""
        return self.knows(test.key) and all(self.knows(name) for value in test.values for name in variables_in(value))

    def knows(self, name: str) -> bool:
        """Whether the value of a condition key is known, or that the request has none."""
        lower = name.lower()
        if lower == "aws:viaawsservice":
            return self.knows("kms:ViaService")
        if lower == "kms:encryptioncontextkeys":
            return any(one == "kms:encryptioncontext:" for one in self._absent)
        if lower in self._request.values or any(
            lower == one or (one.endswith(":") and lower.startswith(one)) for one in self._absent
        ):
            return True
        if not condition_keys.carries(self._request.action, name):
            return True
        key = condition_keys.find(name)
        if key is None or key.sender == "any":
            return False
        return (key.sender == "service") is not (self._request.kind == "service")

    def contexts(self) -> Iterator[Mapping[str, Values]]:
        """What the unknown keys may be together, few of them present first.

        Where these are too many to try all, those are tried that one statement tests, the others being absent.
        """
        groups = [sorted(self.keys)] if self.exhaustive else [[], *self._together]
        tried = {
            tuple((name, value) for name, value in zip(names, values, strict=True) if value): None
            for names in groups
            for values in islice(product(*(self.keys[name] for name in names)), MAX_TRIED)
        }
        for chosen in sorted(tried, key=len):
            yield {self._written[name]: value for name, value in chosen}

    def asked(self, context: Mapping[str, Values]) -> Request:
        """The request with these values in the place of what is not known."""
        if any(name.lower() == "kms:viaservice" for name in context):
            context = {**context, "aws:ViaAWSService": ("true",)}
        return replace(self._request, context={**self._request.context, **context})

    @property
    def exhaustive(self) -> bool:
        """Whether every combination of values is tried."""
        count = 1
        for values in self.keys.values():
            count *= len(values)
        return count <= MAX_TRIED


def _values(test: Condition) -> Iterator[Values]:
    """Values that the test tells apart: one for each of its patterns, and one that is none of them."""
    key, operator = test.key.lower(), parse_operator(test.operator)
    known = condition_keys.find(test.key)
    if operator is None:
        return
    if operator.base in ("Bool", "Null") or (known is not None and known.type == "bool"):
        if known is not None and known.type == "bool":
            yield from (("true",), ("false",))
        else:
            yield (other(key),)
        return
    for value in test.values:
        if not variables_in(value):
            yield from ((one,) for one in _near(operator.family, key, value))
    yield (SOME.get(known.type, other(key)) if known is not None else other(key),)


def _near(family: str, key: str, value: str) -> Iterator[str]:
    """Values of a key that a test for `value` tells apart: what it matches, and where there is an order, both sides."""
    if family == "date":
        yield from ("2000-01-01T00:00:00Z", value, "2999-01-01T00:00:00Z")
    elif family == "numeric":
        known = number(value)
        yield from (value,) if known is None else (str(known - 1), value, str(known + 1))
    else:
        yield value.partition("/")[0] if family == "ip" else instance(key, value)


def tests_of(statement: Statement) -> tuple[Condition, ...]:
    """A statement's conditions, in one order."""
    return tuple(sorted(statement.conditions))
