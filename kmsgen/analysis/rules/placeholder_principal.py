"""A placeholder was left in a principal.

`arn:aws:iam::ACCOUNT_ID:root` comes from a page or a template, and somebody was to put a real account there. KMS
refuses the policy.

Avoid:

    Principal: {AWS: "arn:aws:iam::<account-id>:root"}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:root"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS418"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every principal with a placeholder in it."""
    return flaws(view.statement, "placeholder")
