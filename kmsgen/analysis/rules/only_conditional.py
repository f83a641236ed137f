"""Nobody can change the policy but under a condition that may stop holding.

Networks are rebuilt, devices are lost, dates pass. If all ways to `PutKeyPolicy` ask for an address, an endpoint, a
second factor, a tag or a time, then the day on which that is gone is the day on which nobody can change the policy,
the condition itself included.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:SourceVpce: vpce-1a2b3c4d}}}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:SourceVpce: vpce-1a2b3c4d}}}
    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import listed
from kmsgen.analysis.keepers import firm_keepers, is_fragile, keepers
from kmsgen.analysis.subject import Subject, Tested

CODE = "KMS304"
SEVERITY = "warning"

_HELP = "let the account's root user do `kms:PutKeyPolicy` without that condition, or spare it from the Deny"


def check(subject: Subject) -> Iterator[Found]:
    """The first such condition, where there is no way without one."""
    tests = list(_fragile(subject))
    if not tests or not keepers(subject.policy, subject.facts).ways:
        return
    ways = firm_keepers(subject.policy, subject.facts)
    if ways.ways:
        return
    index, test = tests[0]
    keys = listed(f"`{one.condition.key}`" for _, one in tests)
    message = f"nobody can change the policy but under a condition on {keys}, which may stop holding"
    if ways.unsure is not None:
        message = f"whether anybody can change the policy without {keys} is not decided: {ways.unsure}"
    yield Found(message, index, test.path, _HELP)


def _fragile(subject: Subject) -> Iterator[tuple[int, Tested]]:
    for index, view in enumerate(subject.views):
        if "kms:PutKeyPolicy" in view.actions:
            yield from ((index, test) for test in view.tests if is_fragile(test.condition))
