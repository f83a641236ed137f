"""The account's root user cannot repair the policy, only principals that can be deleted can.

Several roles or users can change the policy, so one of them may go. Once all of them are gone, or made anew by a stack,
nobody can, and only AWS Support can help: neither the root user nor the account as a whole is let in to
`PutKeyPolicy`.

Avoid:

    {Principal: {AWS: [".../role/KeyAdmins", ".../role/Deployer"]}, Action: kms:PutKeyPolicy}

Prefer:

    {Principal: {AWS: [".../role/KeyAdmins", ".../role/Deployer"]}, Action: kms:PutKeyPolicy}
    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.keepers import firm_keepers, roles
from kmsgen.analysis.subject import Subject

CODE = "KMS308"
SEVERITY = "note"
LIKE = ("guardrail IAM-KMS-1",)

_HELP = "let the account's root user do `kms:PutKeyPolicy`, with `aws:PrincipalType` `Account`"


def check(subject: Subject) -> Iterator[Found]:
    """The key, where several principals can always put the policy, and all of them can be deleted."""
    ways = firm_keepers(subject.policy, subject.facts)
    kinds = {one.kind for one in ways.ways}
    if "role" in kinds and "account" not in kinds and len(roles(ways)) > 1:
        message = f"the policy cannot be changed once the {len(roles(ways))} principals that it names for it are gone"
        if ways.unsure is not None:
            message = f"whether the root user can change the policy is not decided: {ways.unsure}"
        yield Found(message, ways.ways[0].statement, ("Principal",), _HELP)
