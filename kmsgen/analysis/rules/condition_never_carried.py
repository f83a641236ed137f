"""A statement tests a condition key that no request for its actions carries, so it never matches.

A positive operator is false where the key is absent. An encryption context comes with encryption, decryption and grants
and with nothing else, `kms:GrantIsForAWSResource` with grants alone; so an Allow under such a test gives nothing, and a
Deny keeps nobody from anything.

Avoid:

    Action: kms:DescribeKey
    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Prefer:

    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import all_unsent, carriers, some, unsent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS440"
SEVERITY = "error"
LIKE = ("parliament UNKNOWN_CONDITION_FOR_ACTION", "access-analyzer INVALID_SERVICE_CONDITION_KEY")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement of which nothing is left."""
    if not view.tests or not all_unsent(view):
        return
    tests = dict.fromkeys(unsent(view.statement).values())
    first = min(tests, key=lambda test: test.path)
    keys = some(test.condition.key for test in tests)
    what = keys if len(tests) == 1 else f"all that it tests: {keys}"
    yield Found(
        f"{view.called} matches nothing: no request for {some(view.actions)} carries {what}",
        path=first.path,
        help=f"requests for {some(carriers(first.condition.key))} carry `{first.condition.key}`",
    )
