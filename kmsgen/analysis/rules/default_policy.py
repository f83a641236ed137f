"""The key has the policy that KMS gives to keys that are made without one.

It lets IAM policies of the account decide about everything: whoever has `kms:*` or an administrator's policy in the
account can use, change and delete the key. That is AWS's way to begin, and nobody has thought of this key.

Avoid:

    Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}]

Prefer:

    keys:
      orders: {admins: [role/KeyAdmins], users: [role/OrdersApi]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.policy.model import Effect, Statement

CODE = "KMS507"
SEVERITY = "note"
LIKE = ("checkov CKV2_AWS_64",)


def check(subject: Subject) -> Iterator[Found]:
    """A policy of that one statement, under whatever name; not of a blueprint, which asked for it in as many words."""
    if len(subject.views) != 1 or not subject.written_by_hand:
        return
    (one,) = subject.views
    plain = replace(one.statement, sid=None)
    default = Statement(Effect.ALLOW, plain.principals, actions=frozenset({"kms:*"}))
    alone = len(plain.principals) == len(one.accounts) == 1
    if plain == default and alone and subject.facts.account in (None, one.accounts[0]):
        message = "the policy is the one that KMS gives by itself: IAM policies alone decide about the key"
        yield Found(message, 0, help="name who manages and who uses the key")
