"""A value of `kms:ViaService` is no host that a service could call the key under.

The value is `SERVICE.REGION.amazonaws.com`, in lower case, in every partition, and the Region is the key's own: with
an account number in it, without a Region, or with another one, no request ever has it. An Allow gives nothing.

Avoid:

    Condition: {StringEquals: {"kms:ViaService": ec2.111122223333.amazonaws.com}}

Prefer:

    Condition: {StringEquals: {"kms:ViaService": ec2.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.placeholders import is_placeholder
from kmsgen.analysis.subject import View
from kmsgen.analysis.via import KEY, hosts
from kmsgen.semantics.world import KeyFacts

CODE = "KMS456"
SEVERITY = "error"
LIKE = ("access-analyzer INVALID_REGION",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every malformed host; those of other Regions where a test has no others."""
    if KEY not in view.keys:
        return
    for test in view.testing(KEY):
        judged = hosts(test, facts.region)
        nowhere = all(one.is_ in ("elsewhere", "never") for one in judged.values()) and not facts.multi_region
        for value, one in judged.items():
            if is_placeholder(test, value):
                continue
            if one.is_ == "never" or (one.is_ == "elsewhere" and nowhere):
                yield Found(f"`{value}` {one.why}", path=test.path, help=one.help, about=value)
