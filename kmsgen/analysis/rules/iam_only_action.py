"""An action that a key policy cannot decide about.

`kms:ListKeys`, `kms:ListAliases`, `kms:CreateKey` and a few more are not about one key, and `kms:RetireGrant` is
decided by the grant: KMS never asks a key policy about them. Some of AWS's own samples list them; they do no harm, and
whoever is to have the permission still needs it in an IAM policy.

Avoid:

    Action: [kms:DescribeKey, kms:ListKeys]

Prefer:

    Action: kms:DescribeKey

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dead import all_dead, dead
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS403"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such entry, unless the whole statement is without effect, which is another rule's."""
    if all_dead(view.statement, facts):
        return
    element = "Action" if view.statement.actions else "NotAction"
    for one in dead(view.statement, facts):
        if one.cause == "iam-only":
            yield Found(f"`{one.action}` has no effect: it {one.why}", None, (element,), one.help, one.action)
