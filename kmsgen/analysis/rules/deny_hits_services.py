"""A Deny hits requests of services that the policy itself lets in, because they do not carry what it tests.

A negated test is true where the key is absent. A service that calls by itself is in no organization and comes through
no VPC endpoint, and a call that a service forwards does not come through the caller's endpoint either:
`StringNotEquals` `aws:PrincipalOrgID` in a Deny for everybody stops CloudTrail, `StringNotEquals` `aws:SourceVpce`
stops S3.

Avoid:

    Effect: Deny
    Principal: "*"
    Condition: {StringNotEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Prefer:

    Effect: Deny
    Principal: "*"
    Condition:
      StringNotEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}
      BoolIfExists: {"aws:PrincipalIsAWSService": "false"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import listing
from kmsgen.analysis.finding import Found
from kmsgen.analysis.hit import absence, forwarded, of_service
from kmsgen.analysis.subject import Subject
from kmsgen.semantics.prove import Proof

CODE = "KMS466"
SEVERITY = "warning"


def check(subject: Subject) -> Iterator[Found]:
    """Every such Deny, once for the services that call by themselves and once for those that forward calls."""
    for index, deny in subject.denies:
        test = absence(deny)
        if test is None:
            continue
        hit = dict(one for _, allow in subject.allows if allow.services for one in of_service(deny, allow, subject))
        key = test.condition.key
        if hit:
            message = f"{deny.called} denies {listing(sorted(hit))} what the policy allows: services send no `{key}`"
            help_ = 'add `BoolIfExists: {"aws:PrincipalIsAWSService": "false"}`'
            yield _found(message, help_, index, test.path, "services", tuple(hit.values()))
        proofs = [proof for _, allow in subject.allows if (proof := forwarded(deny, allow, subject)) is not None]
        if proofs:
            message = (
                f"{deny.called} denies what the policy allows by `kms:ViaService`: no `{key}` comes with such calls"
            )
            help_ = 'add `Bool: {"aws:ViaAWSService": "false"}`'
            yield _found(message, help_, index, test.path, "forwarded", tuple(proofs))


def _found(message: str, help_: str, index: int, path: tuple[str, ...], about: str, proofs: tuple[Proof, ...]) -> Found:
    shown = next((proof.counterexample for proof in proofs if proof.counterexample), ())
    if not shown:
        message = f"whether services may do what the policy allows them is not decided: {proofs[0].why}"
    return Found(message, index, path, help_, about, shown)
