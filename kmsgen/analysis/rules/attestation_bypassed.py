"""The policy asks for an attestation in one place, and in another lets the same be done without: proved.

`kms:RecipientAttestation:…` confines a key to a Nitro enclave whose image is known. That is worth nothing where another
statement allows the same action to somebody who need not attest anything, be it the account by its IAM policies.

Avoid:

    - {Effect: Allow, Principal: {AWS: "111122223333"}, Action: "kms:*", ...}
    - Effect: Allow
      Principal: {AWS: "arn:aws:iam::111122223333:role/Enclave"}
      Action: kms:Decrypt
      Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": 9fedcba8...}}

Prefer:

    - Effect: Deny
      Principal: "*"
      Action: kms:Decrypt
      Condition: {StringNotEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": 9fedcba8...}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.catalog import actions
from kmsgen.policy.model import condition
from kmsgen.semantics.prove import Never, Requests, callers, prove

CODE = "KMS431"
SEVERITY = "warning"
LIKE = ("prowler kms_key_enclave_attestation_bypassable_path",)
_PREFIX = "kms:recipientattestation:"
_ATTESTED = frozenset(
    name for name, one in actions.ACTIONS.items() if one.in_key_policy and _PREFIX in map(str.lower, one.condition_keys)
)


def check(subject: Subject) -> Iterator[Found]:
    """A policy that asks for attestations; the first statement that does so stands for it."""
    asking = [(index, one) for index, one in enumerate(subject.views) if any(map(_is_attestation, one.keys))]
    if not asking:
        return
    able = frozenset[str]().union(*(one.actions for _, one in asking)) & _ATTESTED
    keys = sorted({test.condition.key for _, one in asking for test in one.tests if _is_attestation(test.lower)})
    if not able:
        return
    without = callers(actions=able, conditions=[condition("Null", key, "true") for key in keys])
    proof = prove(subject.policy, Never("nobody goes without an attestation", Requests((without,))), subject.facts)
    index, first = asking[0]
    if proof.holds is None:
        message = f"whether somebody goes without the attestation of {first.called} could not be decided: {proof.why}"
        yield Found(message, index, ("Condition",))
    elif not proof.holds:
        (request,) = proof.counterexample
        message = (
            f"`{request.principal}` can do `{request.action}` without the attestation that {first.called} asks for"
        )
        hint = "deny it to everybody who does not attest"
        yield Found(message, index, ("Condition",), hint, witness=proof.counterexample)


def _is_attestation(key: str) -> bool:
    return key.startswith(_PREFIX)
