"""An Allow is for everybody but those whom `NotPrincipal` lists.

`NotPrincipal` with Allow lets in whoever is not listed: every other principal of every AWS account, whatever is added
to AWS later, and AWS services. A role that is listed by its ARN still gets in by way of its account. What such a
statement gives is hardly ever what somebody meant to give; conditions do not make it readable.

Avoid:

    Effect: Allow
    NotPrincipal: {AWS: "arn:aws:iam::111122223333:role/Intern"}

Prefer:

    Effect: Allow
    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import several
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS103"
SEVERITY = "error"
LIKE = ("access-analyzer ALLOW_WITH_NOT_PRINCIPAL",)


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """An Allow with `NotPrincipal`."""
    spared = sorted(value for _, value in one.statement.not_principals)
    if one.allows and spared:
        message = f"the statement allows everybody but {several(spared, 'principal')}, of every AWS account"
        yield Found(message, path=("NotPrincipal",), help="name in `Principal` those who are meant")
