"""Only one role can change the policy, and the policy names that very role.

KMS ties a role that `Principal` names to its unique id. Delete the role, or let a stack make it anew, and the policy
keeps out the new one: nobody can change the policy then, and only AWS Support can help. The account's root user, or
the whole account with `aws:PrincipalArn`, survives that.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy}
    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:PutKeyPolicy,
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.keepers import firm_keepers, roles
from kmsgen.analysis.subject import Subject

CODE = "KMS305"
SEVERITY = "warning"

_HELP = "let the account's root user do `kms:PutKeyPolicy` as well, or another role"


def check(subject: Subject) -> Iterator[Found]:
    """The key, where all ways that always work lead through one role."""
    ways = firm_keepers(subject.policy, subject.facts)
    if not ways.ways or any(one.kind != "role" for one in ways.ways) or len(roles(ways)) > 1:
        return
    first = ways.ways[0]
    message = f"only `{first.who}` can change the policy, and nobody once that role is deleted or made anew"
    if ways.unsure is not None:
        message = f"whether anybody but `{first.who}` can change the policy is not decided: {ways.unsure}"
    yield Found(message, first.statement, ("Principal",), _HELP)
