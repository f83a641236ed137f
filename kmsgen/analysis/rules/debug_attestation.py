"""An enclave in debug mode passes the attestation.

An enclave that is started in debug mode attests zeros for its image, kernel and application (PCR0 to PCR2), whatever
runs in it, and its parent instance reads its console. A policy that takes zeros takes every such enclave; so does one
that takes anything, by a wildcard alone.

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
from kmsgen.analysis.subject import Tested, View
from kmsgen.catalog.patterns import glob
from kmsgen.semantics.world import KeyFacts

CODE = "KMS115"
SEVERITY = "error"
LIKE = ("prowler kms_key_enclave_debug_attestation_detected",)
_MEASURED = frozenset(f"kms:recipientattestation:{one}" for one in ("imagesha384", "pcr0", "pcr1", "pcr2"))
_ATTESTED = "0" * 96
_ZEROS = re.compile(r"(?:0x)?0{16,}\*?")


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """Every measurement of zeros that an Allow takes."""
    tests = [test for test in one.testing(*_MEASURED) if not test.operator.negated] if one.allows else []
    for test in tests:
        if any(_ZEROS.fullmatch(value) for value in test.condition.values):
            said = f"zeros for `{test.condition.key}` are"
        elif _takes_zeros(test) and all(map(_takes_zeros, tests)):  # or another measurement tells debug mode apart
            said = f"`{test.condition.key}` may be anything, the zeros too that are"
        else:
            continue
        message = f"{said} what every enclave in debug mode attests"
        yield Found(message, path=test.path, help="write what `nitro-cli build-enclave` measured", about=test.lower)


def _takes_zeros(test: Tested) -> bool:
    values = test.condition.values
    wild = test.operator.globs and any(glob(value)(_ATTESTED) for value in values)
    return wild or any(_ZEROS.fullmatch(value) for value in values)
