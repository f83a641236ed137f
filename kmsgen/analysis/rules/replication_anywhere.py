"""Somebody can replicate the key into whatever Region they like.

A replica has the key's material and a policy of its own, which whoever makes it writes: it opens what the primary
protects, in a Region that nobody watches. `kms:ReplicaRegion` keeps replicas to the Regions that are meant.

Avoid:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: kms:ReplicateKey}

Prefer:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: kms:ReplicateKey,
     Condition: {StringEquals: {kms:ReplicaRegion: [eu-west-1, eu-central-1]}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-auth.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import about, holders, said, shown, together
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.policy.model import Condition, condition

CODE = "KMS209"
SEVERITY = "note"

_REPLICATE = frozenset({"kms:ReplicateKey"})
_REGION = "kms:replicaregion"
_HELP = "name the Regions by `kms:ReplicaRegion`"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody replicate a multi-Region key into a Region that the policy does not name."""
    if not _may_be_multi_region(subject):
        return
    found = holders(subject, _REPLICATE, (_elsewhere(subject),), _names_regions)
    for index, some in together((one, one.statement) for one in found):
        message = said(some, "can replicate the key into any Region")
        yield Found(message, index, ("Action",), _HELP, about(some), shown(some))


def _may_be_multi_region(subject: Subject) -> bool:
    """Whether the key is one; where that is not known, whether the policy speaks as if it were."""
    known = subject.facts.multi_region
    if known is not None:
        return known
    return any(name.lower() == "kms:replicatekey" for _, view in subject.allows for name in view.statement.actions)


def _names_regions(view: View) -> bool:
    """Whether a statement plainly keeps to Regions that it names."""
    tests = (test for test in view.testing(_REGION) if test.operator.family == "string" and not test.holds_if_absent)
    return any(not any(map(has_wildcard, test.condition.values)) for test in tests)


def _elsewhere(subject: Subject) -> Condition:
    """A Region that no statement names."""
    named = {
        value
        for view in subject.views
        for test in view.testing(_REGION)
        if test.operator.family == "string"
        for value in test.condition.values
        if not has_wildcard(value)
    }
    return condition("StringNotEquals" if named else "Null", "kms:ReplicaRegion", named or "false")
