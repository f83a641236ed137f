"""Only IAM users can change the policy.

When the user leaves and is deleted, the policy's principal is void, and a new user of the same name is not let in:
nobody can change the policy then. A role can be taken on by whoever has the task; the account's root user is always
there.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:user/alice"}, Action: kms:PutKeyPolicy}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy}
    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import listed
from kmsgen.analysis.keepers import firm_keepers
from kmsgen.analysis.subject import Subject

CODE = "KMS303"
SEVERITY = "warning"

_HELP = "let a role, or the account's root user, do `kms:PutKeyPolicy` as well"


def check(subject: Subject) -> Iterator[Found]:
    """The key, where all who can always put the policy are users."""
    ways = firm_keepers(subject.policy, subject.facts)
    if not ways.ways or any(one.kind != "user" for one in ways.ways):
        return
    users = sorted({one.who for one in ways.ways})
    gone = "that user is" if len(users) == 1 else "these users are"
    message = f"only {listed(f'`{one}`' for one in users)} can change the policy, and nobody once {gone} deleted"
    if ways.unsure is not None:
        whom = listed(f"`{one}`" for one in users)
        message = f"whether anybody but {whom} can change the policy is not decided: {ways.unsure}"
    yield Found(message, ways.ways[0].statement, ("Principal",), _HELP)
