"""An action that KMS does not have, or that is of another service.

Such an entry allows, or denies, nothing: a misspelled `kms:Decrypt` locks its user out, and a misspelled guard guards
nothing. KMS refuses some of these texts and silently takes others.

A key policy decides about `kms:` actions alone; `s3:GetObject` belongs into an IAM or a bucket policy. Actions that
only AWS may know, because no known one is near, are left to `possibly-new-action`.

Avoid:

    Action: [kms:ReEncrypt, "kms=Decrypt", "s3:GetObject"]

Prefer:

    Action: [kms:ReEncryptFrom, kms:ReEncryptTo, kms:Decrypt]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dead import dead
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS401"
SEVERITY = "error"
LIKE = (
    "parliament UNKNOWN_ACTION",
    "parliament UNKNOWN_PREFIX",
    "access-analyzer INVALID_ACTION",
    "access-analyzer INVALID_SERVICE_IN_ACTION",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such entry of `Action` and `NotAction`."""
    element = "Action" if view.statement.actions else "NotAction"
    for one in dead(view.statement, facts):
        if one.cause == "unknown":
            yield Found(one.why, path=(element,), help=one.help, about=one.action)
