"""An enclave in debug mode passes the attestation.

An enclave that is started in debug mode attests zeros for its image, kernel and application (PCR0 to PCR2), whatever
runs in it, and its parent instance reads its console. A policy that takes zeros takes every such enclave.

Avoid:

    Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:PCR0": "000000...000"}}

Prefer:

    Condition: {StringEqualsIgnoreCase: {"kms:RecipientAttestation:PCR0": "9fedcba8...99"}}

Source: https://docs.aws.amazon.com/enclaves/latest/user/set-up-attestation.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS115"
SEVERITY = "error"
LIKE = ("prowler kms_key_enclave_debug_attestation_detected",)
_MEASURED = frozenset(f"kms:recipientattestation:{one}" for one in ("imagesha384", "pcr0", "pcr1", "pcr2"))
_ZEROS = re.compile(r"(?:0x)?0{16,}\*?")


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """Every measurement of zeros that an Allow takes."""
    for test in one.testing(*_MEASURED) if one.allows else ():
        if not test.operator.negated and any(_ZEROS.fullmatch(value) for value in test.condition.values):
            message = f"zeros for `{test.condition.key}` are what every enclave in debug mode attests"
            yield Found(message, path=test.path, help="write what `nitro-cli build-enclave` measured", about=test.lower)
