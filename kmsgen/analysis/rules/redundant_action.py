"""An action is listed that a wildcard of the same statement takes in already.

Whoever later removes the one entry believes that the permission is gone, and it is not.

Avoid:

    Action: [kms:GenerateDataKey, "kms:GenerateDataKey*"]

Prefer:

    Action: [kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext]

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog.patterns import within
from kmsgen.semantics.world import KeyFacts

CODE = "KMS424"
SEVERITY = "note"
LIKE = ("access-analyzer REDUNDANT_ACTION",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every entry that another one takes in whole."""
    element = "Action" if view.statement.actions else "NotAction"
    listed = sorted(view.statement.actions or view.statement.not_actions)
    wide = [one for one in listed if "*" in one or "?" in one]
    for action in listed if wide else ():
        wider = next((one for one in wide if one != action and within(action, one)), None)
        if wider is not None and (action.lower() != wider.lower() or action > wider):
            message = f"`{action}` is in `{wider}` already, which stands beside it"
            yield Found(message, path=(element,), help="keep one of the two", about=action)
