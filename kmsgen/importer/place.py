"""Where a key is and what kind of key it is: what its source says, and else what its policy gives away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kmsgen.catalog import actions
from kmsgen.catalog.key_specs import (
    AWS_KMS,
    DEFAULT_SPEC,
    ENCRYPT_DECRYPT,
    EXTERNAL,
    SPECS,
    USAGES,
    working_actions,
)
from kmsgen.catalog.principals import ACCOUNT, REGION, VIA_HOST, partition_of
from kmsgen.errors import KmsgenError, Problem
from kmsgen.importer.model import Place
from kmsgen.policy.model import SERVICE, Effect, Policy, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey

_LIKELY = {usage: spec for spec, usage in (("RSA_2048", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC"),
           ("ECC_NIST_P256", "KEY_AGREEMENT"), ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"))}  # fmt: skip
"""A spec for each usage that only other keys than symmetric ones have, for policies that do not say which."""
_SAY = "say it: `--account DIGITS`"
_DNSSEC = "dnssec-route53.amazonaws.com"
"""It signs with keys of one spec alone.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec-cmk-requirements.html
"""
_ACCOUNT_KEYS = frozenset({"kms:calleraccount", "aws:principalaccount", "aws:sourceaccount", "aws:resourceaccount"})


def place_of(key: SourceKey, policy: Policy) -> Place:
    """Where a key is, and its kind.

    Raises `KmsgenError` where its account is not known and the policy names none, or several.
    """
    notes: list[str] = []
    account = key.facts.account
    if account is None or is_symbolic(account):
        account = _account(key, policy, account)
        notes.append(
            f"its account is taken to be {account}, by the principals of the policy; `--account` tells otherwise"
        )
    elif key.kind == "policy" and (holders := _holders(policy)) and account not in holders:
        listed = ", ".join(sorted(holders))
        notes.append(f"only principals of {listed} can change the policy: see that {account} is the key's account")
    region = key.facts.region
    if region is None or is_symbolic(region):
        region = _region(policy)
        if region is not None:
            notes.append(f"its Region is taken to be {region}, by the policy's conditions; `--region` tells otherwise")
    partition = partition_of(region) if region else _partition(policy)
    kind = _kind(key, policy, region, notes)
    arn = key.arn
    if arn is None and (arn := _arn(policy, account, region)) is not None:
        notes.append(f"it is taken to be the key that `Resource` names: {arn}")
    return Place(account, region, partition, kind, tuple(notes), arn)


def _arn(policy: Policy, account: str, region: str | None) -> str | None:
    """The ARN of the one key that `Resource` names, where it could be this one; wildcards filled."""
    named = {one for statement in policy.statements for one in statement.resources}
    for text in sorted(named):
        parts = text.split(":", 5)
        if len(parts) == 6 and parts[2] == "kms" and parts[5].startswith("key/") and parts[4] in (account, "*"):
            words = (
                parts[0],
                parts[1].replace("*", "aws"),
                "kms",
                parts[3].replace("*", region or "us-east-1"),
                account,
            )
            return ":".join((*words, parts[5].replace("*", "00000000-0000-0000-0000-000000000000")))
    return None


def facts_of(place: Place) -> KeyFacts:
    """What is known of a key in a proof: that it is what its blueprint says."""
    spec, usage, origin = spec_usage_origin(place.kind)
    return KeyFacts(place.account, place.region, place.arn, spec, usage, origin, "multi_region" in place.kind)


def spec_usage_origin(kind: Mapping[str, Any]) -> tuple[str, str, str]:
    """The three of a key's kind, where the blueprint leaves out what is usual."""
    spec = str(kind.get("spec", DEFAULT_SPEC))
    usage = str(kind.get("usage") or SPECS[spec].usages[0])
    return spec, usage, str(kind.get("origin", AWS_KMS))


def working(place: Place) -> frozenset[str]:
    """The actions that can work on the key."""
    return working_actions(*spec_usage_origin(place.kind), "multi_region" in place.kind)


def _holders(policy: Policy) -> set[str]:
    """The accounts whose principals can put the policy."""
    return {one for statement in policy.statements if _puts(statement) for one in _accounts(statement)}


def _account(key: SourceKey, policy: Policy, symbol: str | None) -> str:
    if symbol is not None and any(
        symbol in one.value for statement in policy.statements for one in statement.principals
    ):
        # The policy names its own account by what only the stack knows, so those it names in digits are others.
        raise KmsgenError(Problem(f"`{key.name}`: nothing says which account the key is in", hint=_SAY))
    holders = _holders(policy)
    named = {one for statement in policy.statements for one in _accounts(statement)}
    tested = {
        value
        for statement in policy.statements
        for test in statement.conditions
        if test.key.lower() in _ACCOUNT_KEYS
        for value in test.values
        if ACCOUNT.fullmatch(value)
    }
    for found in (holders, named, tested):
        if len(found) == 1:
            return next(iter(found))
        if found:
            listed = ", ".join(sorted(found))
            message = f"`{key.name}`: the policy does not say which account the key is in: it names {listed}"
            raise KmsgenError(Problem(message, hint=_SAY))
    message = f"`{key.name}`: nothing says which account the key is in"
    raise KmsgenError(Problem(message, hint=_SAY))


def _puts(statement: Statement) -> bool:
    patterns = (one for pattern in statement.actions for one in actions.matching(_spelled(pattern)))
    return statement.effect is Effect.ALLOW and any(one.name == "kms:PutKeyPolicy" for one in patterns)


def _spelled(pattern: str) -> str:
    return "kms:*" if pattern == "*" else pattern


def _accounts(statement: Statement) -> Iterator[str]:
    for principal in statement.principals:
        parts = principal.value.split(":", 5)
        account = principal.value if len(parts) < 6 else parts[4]
        if ACCOUNT.fullmatch(account):
            yield account


def _region(policy: Policy) -> str | None:
    """The one Region in which services are to call the key."""
    hosts = (
        VIA_HOST.fullmatch(value)
        for statement in policy.statements
        for test in statement.conditions
        if test.key.lower() == "kms:viaservice"
        for value in test.values
    )
    found = {host[2] for host in hosts if host and REGION.fullmatch(host[2])}
    return found.pop() if len(found) == 1 else None


def _partition(policy: Policy) -> str:
    arns = (one.value for statement in policy.statements for one in statement.principals)
    found = {arn.split(":")[1] for arn in arns if arn.startswith("arn:") and not is_symbolic(arn.split(":")[1])}
    return found.pop() if len(found) == 1 else "aws"


def _kind(key: SourceKey, policy: Policy, region: str | None, notes: list[str]) -> dict[str, Any]:
    said = key.settings
    kind: dict[str, Any] = {}
    if "spec" in said or "usage" in said:
        spec, usage = str(said.get("spec", DEFAULT_SPEC)), said.get("usage")
        kind = _fields(spec, str(usage) if usage else None, said.get("origin"))
    else:
        kind = _likely(policy)
        what = kind.get("spec", DEFAULT_SPEC)
        notes.append(f"it is taken to be a key of spec {what}: the policy alone does not say")
    explicit = {one for statement in policy.statements for one in statement.actions}
    several = "kms:ReplicateKey" in explicit or "kms:UpdatePrimaryRegion" in explicit
    if said.get("multi_region") is True or ("multi_region" not in said and several):
        regions = list(_regions(policy, region))
        if regions:
            kind["multi_region"] = regions
    return kind


def _fields(spec: str, usage: str | None, origin: Any) -> dict[str, Any]:
    kind: dict[str, Any] = {} if spec == DEFAULT_SPEC else {"spec": spec}
    if usage and spec in SPECS and len(SPECS[spec].usages) > 1:
        kind["usage"] = usage
    if origin and origin != AWS_KMS:
        kind["origin"] = str(origin)
    return kind


def _likely(policy: Policy) -> dict[str, Any]:
    """The kind of key on which most of the actions that the policy names one by one would work."""
    named = [pattern for statement in policy.statements for pattern in statement.actions if "*" not in pattern]
    wanted = [one.name for pattern in named if (one := actions.find(pattern)) is not None and one.in_key_policy]

    def score(kind: Mapping[str, Any]) -> int:
        able = working_actions(*spec_usage_origin(kind), False)
        return sum(name in able for name in wanted)

    kinds: list[dict[str, Any]] = [{}]
    services = {value for statement in policy.statements for kind, value in statement.principals if kind == SERVICE}
    likely = _LIKELY | ({"SIGN_VERIFY": "ECC_NIST_P256"} if _DNSSEC in services else {})
    kinds += [_fields(likely[usage], usage, None) for usage in USAGES if usage != ENCRYPT_DECRYPT]
    kinds += [{**kind, "origin": EXTERNAL} for kind in kinds]
    return max(kinds, key=score)


def _regions(policy: Policy, region: str | None) -> Iterator[str]:
    """The Regions of a multi-Region key, the primary's first, as far as the policy and its place tell."""
    tests = [test for statement in policy.statements for test in sorted(statement.conditions)]
    replicas = _values(tests, "kms:replicaregion")
    everywhere = [one for one in _values(tests, "kms:primaryregion") if one not in replicas]
    found = [*everywhere, *([region] if region and region not in replicas else []), *replicas]
    yield from dict.fromkeys(found or ([region] if region else []))


def _values(tests: Iterable[Any], key: str) -> list[str]:
    return [value for test in tests if test.key.lower() == key for value in test.values if REGION.fullmatch(value)]
