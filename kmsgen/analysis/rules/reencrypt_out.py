"""Somebody who may not decrypt can move data to a key of their own, and decrypt it there.

`ReEncryptFrom` lets its holder have KMS decrypt under this key and encrypt under another one, of any account, which
the caller chooses. For whoever owns the other key that is as good as `Decrypt`. `kms:ReEncrypt*` contains it; whoever
should only write to the key needs `ReEncryptTo` alone, and `kms:ReEncryptOnSameKey` keeps the data on the key where
only its encryption context is to change.

Who can decrypt under the same conditions anyway gains nothing by it, and is not meant.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/Writer"}, Action: [kms:Encrypt, "kms:ReEncrypt*"]}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/Writer"}, Action: [kms:Encrypt, kms:ReEncryptTo]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.able import ANYBODY
from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import BY_ITSELF, Holder, about, can_change, directly, holders, said, shown, together
from kmsgen.analysis.subject import Subject, View
from kmsgen.policy.model import condition
from kmsgen.semantics.request import Request

CODE = "KMS203"
SEVERITY = "warning"

_FROM = frozenset({"kms:ReEncryptFrom"})
_SAME_KEY = "kms:reencryptonsamekey"
_ELSEWHERE = (
    condition("BoolIfExists", "kms:ReEncryptOnSameKey", "false"),
    BY_ITSELF,  # what a service forwards, a copy of a snapshot say, stays with that service
    condition("BoolIfExists", "aws:ViaAWSService", "false"),
)
_HELP = "give `kms:ReEncryptTo` alone, or demand `kms:ReEncryptOnSameKey` `true`; `kms:Decrypt` where it is meant"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody move data away who cannot decrypt it."""
    if not any("kms:ReEncryptFrom" in view.actions for _, view in subject.allows):
        return
    denied = any("kms:Decrypt" in view.actions for _, view in subject.denies)

    def harmless(view: View) -> bool:
        decrypts = "kms:Decrypt" in view.actions and not denied
        return decrypts or any(not test.holds_if_absent for test in view.testing("kms:viaservice"))

    ways = ((one, one.statement) for one in holders(subject, _FROM, _ELSEWHERE, harmless) if _gains(subject, one))
    for index, some in together(ways):
        what = "can move data that they may not decrypt to a key of their own, by `kms:ReEncryptFrom`"
        yield Found(said(some, what), index, ("Action",), _HELP, about(some), shown(some))


def _gains(subject: Subject, one: Holder) -> bool:
    """Whether it gives somebody more than they have: neither `Decrypt` in the same context, nor the policy."""
    if one.request is None:
        return True
    context = {key: value for key, value in one.request.context.items() if key.lower() != _SAME_KEY}
    twin: Request = replace(one.request, action="kms:Decrypt", context=context)
    return not directly(subject, twin) and (one.who == ANYBODY or not can_change(subject, one.who))
