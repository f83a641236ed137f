"""What the grants on a key say to a denied request, for people and as JSON data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kmsgen.analysis.denial.explain import Explanation
from kmsgen.analysis.denial.granted import Granted, may_be_granted
from kmsgen.semantics.grants import Answered, Lack
from kmsgen.semantics.request import Request

_SHOWN = 4
_CONTEXT = "kms:encryptioncontext:"


def lines(one: Explanation) -> Iterator[str]:
    """The lines about grants; none where no grant could have allowed the request."""
    request, found = one.judgement.request, one.granted
    if request is None or not may_be_granted(one.judgement):
        return
    if found is None and one.judgement.layer == "key-policy":
        yield "  a grant on the key would allow it too; none that covers the request was in force"
    elif found is None:
        return
    elif found.reason is not None:
        yield f"  a grant on the key would allow it too; what grants there are cannot be read: {found.reason}"
    else:
        yield from _read(found, request)


def _read(found: Granted, request: Request) -> Iterator[str]:
    if not found.naming:
        has = {0: "the key has no grants", 1: "the one grant on the key does not name the caller"}
        said = has.get(found.count, f"none of the {found.count} grants on the key names the caller")
        yield f"  {said}; what was retired or revoked is not listed"
    for one in found.naming[:_SHOWN]:
        name = f" `{one.grant.name}`" if one.grant.name else ""
        verb = "names" if one.names_caller == "yes" else "may name"
        whole = " as part of its account" if one.whole_account else ""
        yield f"  the grant{name} {one.grant.id} {verb} the caller{whole}"
        yield from (f"    {_words(one, lack, request)}" for lack in one.lacks)
        if one.allows == "yes":
            iam = ", if an IAM policy of the caller does too" if one.needs_identity_policy else ""
            yield f"    it allows this{iam}: it may be younger than the request, or the request needed its grant token"
    if len(found.naming) > _SHOWN:
        yield f"  and {len(found.naming) - _SHOWN} more grants name the caller"


def _words(one: Answered, lack: Lack, request: Request) -> str:
    grant = one.grant
    if lack.element == "operation":
        return f"it does not have {request.action.removeprefix('kms:')}: it has {', '.join(sorted(grant.operations))}"
    if lack.element == "stricter-grant":
        return "it allows only grants that are bound to an encryption context as it is; the message does not say"
    if lack.element == "source-arn":
        told = request.values.get("aws:sourcearn", ())
        return f"it demands that aws:SourceArn is {grant.source_arn}; {_was(' and '.join(told), certain=lack.certain)}"
    pairs = grant.subset if grant.equals is None else grant.equals
    demand = "has" if grant.equals is None else "is just"
    shown = ", ".join(f"{name}={value}" for name, value in sorted(pairs)) or "empty"
    told_pairs = (
        f"{key[len(_CONTEXT) :]}={values[0]}"
        for key, values in sorted(request.values.items())
        if key.startswith(_CONTEXT)
    )
    return (
        f"it demands that the encryption context {demand} {shown}; {_was(', '.join(told_pairs), certain=lack.certain)}"
    )


def _was(told: str, *, certain: bool) -> str:
    if told:
        return f"it was {told}" if certain else f"the message tells of {told} alone"
    return "it was absent" if certain else "the message does not say what it was"


def document(found: Granted | None) -> dict[str, Any] | None:
    """The same as JSON data; None where the source has no grants to be asked for, or none could have helped."""
    if found is None:
        return None
    return {
        "count": found.count,
        "reason": found.reason,
        "naming_caller": [
            {
                "grant": one.grant.id,
                "name": one.grant.name,
                "grantee": one.grant.grantee,
                "operations": sorted(one.grant.operations),
                "names_caller": one.names_caller,
                "allows": one.allows,
                "needs_identity_policy": one.needs_identity_policy,
                "lacks": [{"element": lack.element, "certain": lack.certain} for lack in one.lacks],
            }
            for one in found.naming
        ],
    }
