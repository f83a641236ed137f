"""An action that can never work on a key of this kind.

A key's spec and usage, where its material comes from, and whether it is a multi-Region key decide which actions there
are for it: a signing key never encrypts, an HMAC key is never rotated by KMS. The permission gives nothing, and whoever
reads the policy is told of a use that there is not.

Avoid:

    # on a key with `usage: SIGN_VERIFY`
    Action: [kms:Sign, kms:Encrypt]

Prefer:

    Action: kms:Sign

Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-compare.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-types.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dead import all_dead, dead
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS404"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such entry of an Allow's `Action`, unless the whole statement is without effect."""
    if facts.working is None or all_dead(view.statement, facts):
        return
    for one in dead(view.statement, facts):
        if one.cause == "not-for-key":
            yield Found(f"`{one.action}` {one.why}", path=("Action",), help=one.help, about=one.action)
