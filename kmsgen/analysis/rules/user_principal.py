"""The policy lets in an IAM user rather than a role.

IAM users act with access keys and passwords that do not expire by themselves; leaked, they open the key until somebody
notices. A user is also one person or one old script: when it is deleted, what the policy says of it is void. Roles
give temporary credentials, can be taken on by whoever has the task, and are what AWS recommends.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:user/alice"}, Action: kms:Decrypt}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/Support"}, Action: kms:Decrypt}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import listed
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

CODE = "KMS204"
SEVERITY = "warning"

_HELP = "let in a role, which gives temporary credentials to those who need them"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """The users that an Allow names, as principals or by what `aws:PrincipalArn` is like."""
    if not view.allows or not view.actions:
        return
    users = [value for value in view.arns if Request(value, "").kind == "user"]
    if users:
        yield _found(users, ("Principal",))
    for test in view.testing("aws:principalarn"):
        users = [value for value in test.condition.values if Request(value, "").kind == "user"]
        if users and not _spares(test):
            yield _found(users, test.path)


def _spares(test: Tested) -> bool:
    return test.operator.negated or test.operator.base == "Null"


def _found(users: list[str], path: tuple[str, ...]) -> Found:
    plural, whom = ("s", "are users") if len(users) > 1 else ("", "is a user")
    message = f"{listed(f'`{one}`' for one in users)} {whom}, whose credential{plural or 's'} do not expire"
    return Found(message, path=path, help=_HELP, about=" ".join(users))
