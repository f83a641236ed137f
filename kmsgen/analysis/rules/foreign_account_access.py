"""Principals of other accounts can use the key.

That is often meant, as for data that is shared; it is listed so that nobody overlooks it. A statement that names a
role of the other account, or holds the account to a service, a context or an organization, reaches no further than
that; the other account's IAM policies must allow the request as well. An account that gets in as a whole, unheld, has
a rule of its own.

Avoid:

    Principal: {AWS: "arn:aws:iam::444455556666:role/Anything"}

Prefer:

    Principal: {AWS: "arn:aws:iam::444455556666:role/EtlJob"}
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import ACROSS, READ, acts, owner, several, to_strangers, working
from kmsgen.analysis.finding import Found
from kmsgen.analysis.foreign import organizations, unheld_accounts
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.principals import account_of

CODE = "KMS106"
SEVERITY = "note"
LIKE = ("access-analyzer ExternalAccess", "cloudsplaining ResourceExposure", "scoutsuite cross-account")
_DATA = ACROSS - READ


def check(subject: Subject) -> Iterator[Found]:
    """Every statement by which known principals of other accounts can do something."""
    if not subject.written_by_hand:
        return  # a blueprint names the accounts that it lets in, and is proved to let in no others
    own = owner(subject)
    for index, one in subject.allows:
        able = working(one, _DATA, subject.facts)
        if not able:
            continue
        if foreign := _foreign(one, subject, own):
            message = f"{several(foreign, 'principal')}, of another account than the key's, can do {acts(able)}"
            yield Found(message, index, ("Principal",))
        elif one.everyone and (shared := organizations(one)) and to_strangers(one, subject, ACROSS) is None:
            message = f"principals of every account of {several(shared, 'organization')} can do {acts(able)}"
            yield Found(message, index, ("Principal",))


def _foreign(one: View, subject: Subject, own: str | None) -> list[str]:
    """The principals of accounts that are known not to be the key's, but for accounts that get in unheld."""
    if own is None:
        return []
    unheld = unheld_accounts(one, subject, own)
    held = [account for account in one.accounts if account != own and account not in unheld]
    return [*(arn for arn in one.arns if arn.startswith("arn:") and account_of(arn) not in ("", own)), *held]
