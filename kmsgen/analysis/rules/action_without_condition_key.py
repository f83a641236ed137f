"""An action stands under a condition key that its requests never carry, so it is never allowed there.

The other actions of the statement carry the key, this one does not, and a positive operator is false where the key is
absent. Whoever needs the action fails with `AccessDenied`, though the policy seems to name it.

Avoid:

    Action: [kms:Decrypt, kms:DescribeKey]
    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Prefer:

    # and kms:DescribeKey in a statement of its own
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import all_unsent, unsent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog import actions
from kmsgen.semantics.world import KeyFacts

CODE = "KMS441"
SEVERITY = "warning"
LIKE = ("parliament UNKNOWN_CONDITION_FOR_ACTION",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every action that an Allow names in full and that it can never match."""
    if not view.allows or not view.tests or all_unsent(view):
        return
    dead = unsent(view.statement)
    for written in sorted(view.statement.actions) if dead else ():
        known = actions.find(written)
        if known is not None and (test := dead.get(known.name)) is not None:
            yield Found(
                f"`{written}` is never allowed here: its requests do not carry `{test.condition.key}`",
                path=("Action",),
                help="allow it in a statement without that condition",
                about=known.name,
            )
