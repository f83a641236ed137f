"""Condition keys that no request to KMS can carry, by their names alone."""

from __future__ import annotations

from kmsgen.catalog import condition_keys
from kmsgen.errors import did_you_mean
from kmsgen.policy.never import Reason

_FAMILIES = {name[:-1].lower(): name for name in condition_keys.CONDITION_KEYS if name[-1] in ":/"}

# Keys of other services that stay with a caller's credentials and come with its requests to every service:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and the services' pages.
_WITH_CREDENTIALS = frozenset(
    """
    ec2:roledelivery ec2:sourceinstancearn ecs:sourcetaskarn glue:credentialissuingservice glue:roleassumedby
    identitystore:userid lambda:sourcefunctionarn ssm:sourceinstancearn
    """.split()
)


def flaw(key: str) -> Reason | None:
    """Why no request to KMS carries a condition key of that name; None where one may."""
    lower = key.lower()
    service, colon, rest = lower.partition(":")
    if "${" in key:
        return (
            f"`{key}` is taken literally: policy variables stand in values alone",
            "write the name of the key in full",
        )
    family = _FAMILIES.get(lower) or _FAMILIES.get(lower.rstrip(":/"))
    if family is not None:
        return f"`{key}` is no condition key: a name belongs after `{family}`", f"write `{family}NAME`"
    if not colon or not rest:
        near = did_you_mean(key, [name.partition(":")[2] for name in condition_keys.CONDITION_KEYS], likeness=0.8)
        message = f"`{key}` is no condition key: one begins with its service, as `kms:ViaService` does"
        return message, near
    if service in ("aws", "kms") or lower in _WITH_CREDENTIALS:
        return None
    # Identity providers name their keys by their hosts; `saml:sub` and its like stay with a session as well.
    if "." in service or service in ("saml", "sts"):
        return None
    meant = next((f"{own}:{rest}" for own in ("kms", "aws") if condition_keys.find(f"{own}:{rest}")), None)
    found = condition_keys.find(meant) if meant else None
    hint = f"did you mean `{found.name}`?" if found and found.name[-1] not in ":/" else None
    return f"no request to KMS carries `{key}`, a condition key of another service", hint


def no_variable(name: str) -> bool:
    """Whether a policy variable of that name, in lower case, stands for nothing: no request has such a key."""
    return (":" not in name or name.startswith(("aws:", "kms:"))) and condition_keys.find(name) is None
