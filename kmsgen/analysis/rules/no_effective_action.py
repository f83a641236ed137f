"""None of the actions that a statement allows can ever be done by it.

Each is unknown, or decided by IAM policies alone, or does not work on a key of this kind, or is not for other accounts.
Whoever wrote the statement believes that it gives something.

Avoid:

    # on a key with `usage: SIGN_VERIFY`
    Action: [kms:Encrypt, kms:Decrypt]

Prefer:

    Action: [kms:Sign, kms:Verify]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dead import all_dead, dead
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS406"
SEVERITY = "error"
_SHOWN = 3


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """An Allow of which nothing is left, unless all of it is unknown, which is another rule's."""
    found = dead(view.statement, facts)
    if not all_dead(view.statement, facts) or all(one.cause == "unknown" for one in found):
        return
    said = [f"`{one.action}` {one.why}" if one.cause != "unknown" else one.why for one in found]
    more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    yield Found(
        f"{view.called} gives nothing: {'; '.join(said[:_SHOWN])}{more}",
        path=("Action",),
        help="allow what this key can do, or take the statement out",
    )
