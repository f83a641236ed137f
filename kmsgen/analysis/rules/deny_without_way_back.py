"""A Deny keeps everybody from changing the policy, the root user as well.

A Deny beats every Allow, whoever calls. One that hits `PutKeyPolicy` and spares nobody cannot be taken back by
anybody: not by the administrators, not by the account's root user. Only AWS Support can help.

Decided over all requests there can be, with all Denies together.

Avoid:

    {Effect: Deny, Principal: "*", Action: "kms:*",
     Condition: {StringNotEquals: {aws:PrincipalArn: "arn:aws:iam::111122223333:role/Gone"}}}

Prefer:

    {Effect: Deny, Principal: "*", Action: [kms:Decrypt, kms:GenerateDataKey],
     Condition: {StringNotEquals: {aws:PrincipalArn: "arn:aws:iam::111122223333:role/App"}}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.finding import Found
from kmsgen.analysis.keepers import keepers, without_denies
from kmsgen.analysis.subject import Subject
from kmsgen.policy.model import Policy

CODE = "KMS302"
SEVERITY = "error"
LIKE = ("cdkinsights kms-key-policy-self-lockout",)

_HELP = (
    "name the actions that are meant rather than `kms:PutKeyPolicy`, or spare the administrators by `aws:PrincipalArn`"
)


def check(subject: Subject) -> Iterator[Found]:
    """The Denies that together leave nobody, of those whom the Allows let, to put the policy."""
    denying = [index for index, view in subject.denies if "kms:PutKeyPolicy" in view.actions]
    if not denying:
        return
    ways = keepers(subject.policy, subject.facts)
    if ways.ways or not keepers(without_denies(subject.policy), subject.facts).ways:
        return
    if ways.unsure is not None:
        yield Found(f"whether anybody can change the policy is not decided: {ways.unsure}", denying[0])
        return
    alone = [index for index in denying if not keepers(_with(subject, index), subject.facts).ways]
    for index in alone:
        message = f"nobody can change this policy: {subject.views[index].called} denies `kms:PutKeyPolicy` to everybody"
        yield Found(message, index, ("Action",), _HELP)
    if not alone:
        message = "nobody can change this policy: its Denies together take `kms:PutKeyPolicy` from everybody"
        yield Found(message, denying[0], ("Action",), _HELP)


def _with(subject: Subject, index: int) -> Policy:
    """The policy's Allows and one Deny."""
    allowing = without_denies(subject.policy).statements
    return replace(subject.policy, statements=(*allowing, subject.policy.statements[index]))
