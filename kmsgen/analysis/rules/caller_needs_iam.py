"""Whoever applies the policy can change it afterwards only with an IAM policy's word as well.

Where the key policy lets in the account as a whole, it leaves the rest to the account's IAM policies. KMS's lockout
check counts these: a caller without `kms:PutKeyPolicy` in an IAM policy is refused even with AWS's default policy.
Asked with `--caller`.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*"}     # and no IAM policy for role/Deployer

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/Deployer"}, Action: [kms:GetKeyPolicy, kms:PutKeyPolicy]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import place
from kmsgen.analysis.keepers import can_keep, firm
from kmsgen.analysis.subject import Subject

CODE = "KMS307"
SEVERITY = "note"

_HELP = (
    "see that an IAM policy of the caller allows `kms:PutKeyPolicy` on the key, or let the key policy name the caller"
)


def check(subject: Subject) -> Iterator[Found]:
    """The statement that lets the caller's account change the policy, where none lets the caller itself."""
    caller = subject.asked.caller
    if caller is None:
        return
    way = can_keep(firm(subject.policy), caller, subject.facts)
    if way.holds is False and can_keep(firm(subject.policy), caller, subject.facts, "direct").holds:
        index = place(subject.policy, way.counterexample[0], subject.facts)
        leaving = f"{subject.views[index].called} leaves it to IAM"
        message = f"`{caller}` can change the policy only if an IAM policy lets it: {leaving}"
        yield Found(message, index, ("Principal",), _HELP, witness=way.counterexample)
