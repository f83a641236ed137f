"""A condition key that no request to KMS can carry: one of another service, or no name at all.

Condition keys belong to the service that decides about a request. KMS fills in `kms:` and `aws:` keys; `s3:prefix` is
always absent, so a positive test never holds and a negated one always does.

Avoid:

    Condition: {StringEquals: {"s3:x-amz-server-side-encryption": "aws:kms"}}

Prefer:

    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.keys import flaw
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS455"
SEVERITY = "error"
LIKE = (
    "parliament UNKNOWN_PREFIX",
    "access-analyzer INVALID_CONDITION_KEY_FORMAT",
    "access-analyzer INVALID_SERVICE_CONDITION_KEY",
    "access-analyzer MISSING_TAG_KEY_IN_CONDITION",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such key."""
    for test in view.tests:
        if (test.known is None or "$" in test.lower) and (reason := flaw(test.condition.key)) is not None:
            message, help_ = reason
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {test.condition.key}")
