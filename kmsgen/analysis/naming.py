"""What is wrong with a principal as it is written, decided once for the rules about principals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.analysis.finding import Found
from kmsgen.catalog.patterns import ARN_PARTS
from kmsgen.catalog.principals import ACCOUNT, IAM_NAME, PARTITIONS, SERVICE_PRINCIPAL, SESSION_NAME
from kmsgen.errors import did_you_mean
from kmsgen.policy.model import AWS, SERVICE, Principal, Statement
from kmsgen.policy.reference import is_symbolic

Flaw = Literal[
    "deleted", "wildcard", "group", "unsupported", "malformed", "federated-user", "malformed-service", "placeholder"
]

_OTHER_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}(?:/.*)?|ou-[a-z0-9-]+|r-[a-z0-9]{4,32}")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_UNSUPPORTED = {
    "instance-profile": ("an instance profile is no principal", "name the role inside it"),
    "policy": ("a policy is no principal", "name the role that it is attached to"),
    "oidc-provider": ("an identity provider calls no key: the role does that its users take on", "name that role"),
    "saml-provider": ("an identity provider calls no key: the role does that its users take on", "name that role"),
    "mfa": ("an MFA device is no principal", "name the user or role"),
    "server-certificate": ("a certificate is no principal", "name the role that uses it"),
}
# A name in IAM has none of these; the account and the Region are numbers and names of AWS's own.
_PLACEHOLDER = re.compile(r"[<>{}\[\]$`]|:[^:/]*account[^:/]*:|:X{4,}:", re.IGNORECASE)
_PLACE_OF_SERVICE = re.compile(r"[<>{}\[\]$`]|\.(?:[a-z]+[-_])*region\.", re.IGNORECASE)
_ARN_HINT = "write it like `arn:aws:iam::111122223333:role/NAME`"


class Wrong(NamedTuple):
    """What is wrong with one principal."""

    flaw: Flaw
    message: str
    help: str | None


def flaws(statement: Statement, *wanted: Flaw) -> Iterator[Found]:
    """What is wrong in such ways with the principals that a statement names, in their order."""
    for found in _found(statement):
        if found[0] in wanted:
            yield found[1]


@lru_cache(maxsize=1024)
def _found(statement: Statement) -> tuple[tuple[Flaw, Found], ...]:
    return tuple(
        (wrong.flaw, Found(wrong.message, None, (element,), wrong.help, principal.value))
        for element, principals in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals))
        for principal in sorted(principals)
        if (wrong := what_is_wrong(principal)) is not None
    )


@lru_cache(maxsize=1024)
def what_is_wrong(principal: Principal) -> Wrong | None:
    """Why KMS would not take a principal, or take it and match nobody; None where it is fine.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    kind, value = principal
    if principal.is_everyone or is_symbolic(value):
        return None
    if _is_placeholder(kind, value):
        message = f"`{value}` is a placeholder: KMS refuses the policy until the real principal stands there"
        return Wrong("placeholder", message, "put the account, ARN or service there that is meant")
    if kind == SERVICE:
        return _service(value)
    if kind != AWS:
        message = f"a principal of kind `{kind}` never calls KMS: `{value}`"
        return Wrong("unsupported", message, "name the role that it takes on, under `AWS`")
    if ACCOUNT.fullmatch(value):
        return None
    if principal.is_deleted:
        message = f"`{value}` is what is left of a role or user that was deleted: nobody is let in or kept out by it"
        return Wrong("deleted", message, "name the role that exists now; KMS refuses the next policy that has the id")
    if "${" in value:
        return Wrong("wildcard", f"KMS takes no policy variable in a principal: `{value}`", _BY_CONDITION)
    if "*" in value or "?" in value:
        return Wrong("wildcard", f"KMS takes no wildcard in a principal: `{value}`", _BY_CONDITION)
    return _arn(value) if value.startswith("arn:") else _word(value)


def _is_placeholder(kind: str, value: str) -> bool:
    if kind == SERVICE:
        return _PLACE_OF_SERVICE.search(value) is not None
    if kind != AWS or "${aws:" in value:
        return False
    return _PLACEHOLDER.search(value) is not None or (":" not in value and "arn" in value.lower())


_BY_CONDITION = "name the account, and test `aws:PrincipalArn` with `ArnLike` in a condition"


def _word(value: str) -> Wrong:
    """Text under `AWS` that is neither an ARN nor an account."""
    if value.startswith("AGPA") and _OTHER_ID.fullmatch(value):
        return _group(value)
    if _OTHER_ID.fullmatch(value):
        return Wrong("unsupported", f"`{value}` is an id that is no principal", "name the role or user by its ARN")
    if _ORGANIZATION.fullmatch(value):
        message = f"an organization is no principal: `{value}`"
        return Wrong("unsupported", message, "test `aws:PrincipalOrgID` or `aws:PrincipalOrgPaths` in a condition")
    if SERVICE_PRINCIPAL.fullmatch(value):
        return Wrong("malformed", f"`{value}` is an AWS service, and stands under `AWS`", "put it under `Service`")
    return _digits(value, f"`{value}`") or Wrong("malformed", f"`{value}` is neither an ARN nor an account", _ARN_HINT)


def _digits(text: str, shown: str) -> Wrong | None:
    """What is wrong with an account's number; None for other text."""
    plain = text.replace("-", "").replace(" ", "")
    if not plain.isascii() or not plain.isdigit():
        return None
    if len(plain) == 12:
        return Wrong("malformed", f"{shown} has an account number with more than digits", f"write `{plain}`")
    zeros = f"it may have lost a zero in front: `{plain:0>12}`, in quotes" if 9 <= len(plain) < 12 else None
    return Wrong("malformed", f"an account number has 12 digits, and {shown} has {len(plain)}", zeros)


def _group(value: str) -> Wrong:
    message = f"an IAM group is no principal: `{value}`"
    return Wrong("group", message, "name a role that its members take on, or tag them and test `aws:PrincipalTag/`")


def _arn(value: str) -> Wrong | None:
    parts = value.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return Wrong("malformed", f"`{value}` is no ARN: it has {len(parts)} parts, and an ARN has six", _ARN_HINT)
    _, partition, service, region, account, resource = parts
    if partition not in PARTITIONS:
        message = f"`{value}` is no ARN: there is no partition `{partition}`"
        return Wrong("malformed", message, did_you_mean(partition, PARTITIONS))
    if service == "organizations":
        message = f"an organization is no principal: `{value}`"
        return Wrong("unsupported", message, "test `aws:PrincipalOrgID` or `aws:PrincipalOrgPaths` in a condition")
    if service not in ("iam", "sts"):
        return Wrong("unsupported", f"`{value}` is no principal: its ARN is of `{service}`", "name a role or a user")
    if region:
        return Wrong("malformed", f"`{value}` is no principal: an ARN of `{service}` has no Region", _ARN_HINT)
    kind = resource.partition("/")[0]
    if service == "iam" and kind in _UNSUPPORTED:
        said, hint = _UNSUPPORTED[kind]
        return Wrong("unsupported", f"{said}: `{value}`", hint)
    if not ACCOUNT.fullmatch(account):
        message = f"`{value}` names no account: `{account}` is not twelve digits"
        return _digits(account, f"that of `{value}`") or Wrong("malformed", message, _ARN_HINT)
    return _of_iam(value, resource) if service == "iam" else _of_sts(value, resource)


def _of_iam(value: str, resource: str) -> Wrong | None:
    kind, _, name = resource.partition("/")
    if kind == "group":
        return _group(value)
    if resource == "root":
        return None
    if kind in ("role", "user"):
        path, _, last = name.rpartition("/")
        if IAM_NAME.fullmatch(last) and all("!" <= one <= "~" for one in path):
            return None
        return Wrong("malformed", f"`{value}` names no {kind}: `{last}` is no name in IAM", _ARN_HINT)
    if kind in ("assumed-role", "federated-user"):
        hint = "write `arn:aws:sts::…`, or name the role itself"
        return Wrong("malformed", f"`{value}` is no principal: a session's ARN is of `sts`", hint)
    near = did_you_mean(kind, ("role", "user", "root"))
    return Wrong("malformed", f"`{value}` is no principal: there is no `{kind}` in IAM", near or _ARN_HINT)


def _of_sts(value: str, resource: str) -> Wrong | None:
    kind, _, name = resource.partition("/")
    if kind == "federated-user" and SESSION_NAME.fullmatch(name):
        message = f"`{value}` is one federated user: nobody but who gets a token of that name is let in or kept out"
        return Wrong("federated-user", message, "name a role")
    role, _, session = name.partition("/")
    if kind == "assumed-role" and IAM_NAME.fullmatch(role) and SESSION_NAME.fullmatch(session):
        return None
    if kind == "assumed-role" and not session:
        message = f"`{value}` is no session: after the role's name stands the session's"
        return Wrong("malformed", message, "name the role: `arn:aws:iam::111122223333:role/NAME`")
    if kind == "assumed-role":
        return Wrong("malformed", f"`{value}` is no session: the role's path is no part of its ARN", "leave it out")
    hint = "an `sts` principal is an `assumed-role` or a `federated-user`"
    return Wrong("malformed", f"`{value}` is no principal", hint)


def _service(value: str) -> Wrong | None:
    """What is wrong with a service's name, where that is certain: AWS has names that nobody lists."""
    if SERVICE_PRINCIPAL.fullmatch(value):
        return None
    message = f"`{value}` is no service principal"
    if value.startswith("arn:") or ACCOUNT.fullmatch(value):
        return Wrong("malformed-service", message, "put it under `AWS`")
    if value == "*" or "*" in value or "?" in value:
        return Wrong("malformed-service", f"{message}: KMS takes no wildcard there", "name each service")
    lower = value.lower().strip()
    if SERVICE_PRINCIPAL.fullmatch(lower):
        return Wrong("malformed-service", message, f"did you mean `{lower}`?")
    ended = f"{lower.removesuffix('.').removesuffix('.amazonaws').removesuffix('.amazon')}.amazonaws.com"
    if _HOST.fullmatch(lower) and not lower.endswith((".amazonaws", ".amazon")):
        return None
    return Wrong(
        "malformed-service", message, f"did you mean `{ended}`?" if SERVICE_PRINCIPAL.fullmatch(ended) else None
    )
