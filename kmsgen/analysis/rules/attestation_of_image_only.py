"""An attestation says what runs, and not where.

PCR0 to PCR2 measure the image of an enclave, and whoever has the image and the credentials can run it anywhere. PCR3
is the role of the parent instance, PCR4 the instance itself, PCR8 the certificate that signed the image: one of them
ties the key to a place or to a signer.

A matter of taste where the image alone is to be trusted, as in AWS's own samples.

Avoid:

    Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": "9fedcba8...99"}}

Prefer:

    Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:ImageSha384": "9fedcba8...99",
                                         "kms:RecipientAttestation:PCR3": "7fb5c55b...10"}}

Source: https://docs.aws.amazon.com/enclaves/latest/user/set-up-attestation.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS117"
SEVERITY = "note"
LIKE = (
    "prowler kms_key_enclave_attestation_no_deployment_binding", "prowler kms_key_enclave_pcr_too_broad",
)  # fmt: skip
_PREFIX = "kms:recipientattestation:"
_IMAGE = frozenset(f"{_PREFIX}{one}" for one in ("imagesha384", "pcr0", "pcr1", "pcr2"))


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """Every Allow whose attestation holds the image to something, and nothing else."""
    held = [test for test in one.tests if test.lower.startswith(_PREFIX) and _holds(test)] if one.allows else []
    if held and all(test.lower in _IMAGE for test in held):
        yield Found(
            f"{one.called} asks what the enclave runs, and not where or by whom it was signed",
            path=held[0].path,
            help="test `kms:RecipientAttestation:PCR3`, `PCR4` or `PCR8` as well",
        )


def _holds(test: Tested) -> bool:
    """Whether a test asks for some measurement rather than for any, and for its being there."""
    return not test.holds_if_absent and test.operator.base != "Null" and "*" not in test.condition.values
