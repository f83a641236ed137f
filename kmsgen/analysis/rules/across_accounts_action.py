"""Another account is allowed what KMS only lets the key's own account do.

Principals of another account can use a key, read about it, and make and revoke grants. Nobody outside the key's account
can change its policy, disable, tag or delete it, whatever the policy says: the statement looks like a delegation of
management and is none.

Avoid:

    # on a key of account 111122223333
    Principal: {AWS: "arn:aws:iam::444455556666:role/KeyAdmins"}
    Action: kms:PutKeyPolicy

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}
    Action: kms:PutKeyPolicy

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dead import all_dead, foreign
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog import actions
from kmsgen.semantics.world import KeyFacts

CODE = "KMS405"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such entry of an Allow's `Action`, unless the whole statement is without effect."""
    if not view.allows or not view.statement.actions:
        return
    who = foreign(view, facts).who
    if not who or all_dead(view.statement, facts):
        return
    shown = f"`{who[0]}`" if len(who) == 1 else f"`{who[0]}` and {len(who) - 1} more of other accounts"
    for action in sorted(view.statement.actions):
        able = [one for one in actions.matching(action) if one.in_key_policy]
        if able and not any(one.across_accounts for one in able):
            message = f"`{action}` is not for other accounts: {shown} cannot do it, whatever the policy says"
            yield Found(message, path=("Action",), help="let a role of the key's own account do it", about=action)
