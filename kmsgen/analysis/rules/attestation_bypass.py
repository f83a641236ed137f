"""What an enclave must attest can be done without an attestation as well.

The policy asks for `kms:RecipientAttestation:*` somewhere, so that plaintext reaches a measured enclave alone. Another
statement, an `IfExists`, or the account as a whole, whose IAM policies then decide, lets the same be done by a caller
that attests nothing: the operator of the instance reads what only the enclave was to read.

Avoid:

    - {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:*}
    - Principal: {AWS: "arn:aws:iam::111122223333:role/enclave"}
      Action: kms:Decrypt
      Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": 9fed...}}

Prefer:

    - {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: [kms:PutKeyPolicy, kms:DescribeKey]}
    - Principal: {AWS: "arn:aws:iam::111122223333:role/enclave"}
      Action: kms:Decrypt
      Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": 9fed...}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kmsgen.analysis.exposure import alone, worst
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.condition_keys import carries
from kmsgen.policy.model import Policy, condition
from kmsgen.semantics.prove import Never, Proof, Requests, callers, prove
from kmsgen.semantics.world import KeyFacts

CODE = "KMS113"
SEVERITY = "warning"
LIKE = (
    "prowler kms_key_enclave_attestation_bypassable_path", "prowler kms_key_enclave_attestation_not_enforced",
)  # fmt: skip
_PREFIX = "kms:recipientattestation:"
_HELP = "deny the action where the attestation is missing, or leave it out of this statement"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that allows, without an attestation, what is attested elsewhere in the policy."""
    keys = sorted({key for one in subject.views for key in one.keys if key.startswith(_PREFIX)})
    if not keys:
        return
    attested = frozenset(name for one in subject.views if _asks(one) for name in one.actions if carries(name, keys[0]))
    for index, one in subject.allows:
        if not (actions := one.actions & attested):
            continue
        proof = _without(alone(one, subject), actions, tuple(keys), subject.facts)
        if proof.holds is False:
            (found,) = proof.counterexample
            by_account = not one.everyone and found.account in one.accounts
            who = f"whoever account `{found.account}` lets in" if by_account else f"`{found.principal}`"
            message = f"{who} can do `{found.action}` without the attestation that is asked for"
            yield Found(message, index, ("Action",), _HELP, witness=proof.counterexample)
        elif proof.holds is None:
            yield Found(f"whether attestation can be left out is not decided: {proof.why}", index, ("Action",), _HELP)


def _asks(one: View) -> bool:
    return any(key.startswith(_PREFIX) for key in one.keys)


@lru_cache(maxsize=1024)
def _without(policy: Policy, actions: frozenset[str], keys: tuple[str, ...], facts: KeyFacts) -> Proof:
    bare = [condition("Null", key, "true") for key in keys]
    for name in worst(actions):
        asked = callers(actions=frozenset({name}), conditions=bare)
        proof = prove(policy, Never("nobody does it without an attestation", Requests((asked,))), facts)
        if not proof.holds:
            return proof
    return Proof(True)
