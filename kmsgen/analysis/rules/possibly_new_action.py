"""An action that kmsgen does not know, and that is like none it knows.

AWS adds actions, so this may be one that is newer than this version of kmsgen; or it is a mistake. Nothing can be
proved of what it allows.

Avoid:

    Action: kms:FrobnicateKey

Prefer:

    Action: kms:DescribeKey

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog import actions
from kmsgen.semantics.world import KeyFacts

CODE = "KMS402"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such entry of `Action` and `NotAction`."""
    element = "Action" if view.statement.actions else "NotAction"
    for action in sorted(view.statement.actions | view.statement.not_actions):
        strange = action.lower().startswith("kms:") and not actions.matching(action)
        if strange and actions.mistake(action) is None:
            message = f"`{action}` is no action that kmsgen knows: it is new, or a mistake"
            yield Found(message, path=(element,), help="compare it with AWS's list of KMS actions", about=action)
