"""A statement tests the encryption context, and the key is one that has none.

Only symmetric encryption keys take an encryption context. No request to an asymmetric, HMAC or key agreement key
carries one, so a statement that demands it never matches.

Avoid:

    # on a key with `spec: RSA_4096`
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Prefer:

    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:EncryptionAlgorithm": RSAES_OAEP_SHA_256}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import CONTEXT, all_unsent, kind
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog.actions import SYMMETRIC
from kmsgen.semantics.world import KeyFacts

CODE = "KMS444"
SEVERITY = "error"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every test that demands a context of such a key, where the actions themselves could have one."""
    if not view.tests or kind(facts) in (None, SYMMETRIC) or all_unsent(view):
        return
    for test in view.tests:
        if test.known is not None and test.known.name in CONTEXT and not test.holds_if_absent:
            yield Found(
                f"{view.called} never matches: requests to a key of spec `{facts.spec}` have no encryption context",
                path=test.path,
                help="take the condition off: only symmetric encryption keys have an encryption context",
                about=test.condition.key,
            )
