"""A value of `kms:ViaService` is well formed, and still no request to the key is known to have it.

KMS lists the services that forward calls, and does not know every name that a service has elsewhere: EBS calls as
`ec2`, EFS as `elasticfilesystem`. AWS adds services and Regions. A host of another Region beside the key's own is of
no use there.

Avoid:

    Condition: {StringEquals: {"kms:ViaService": efs.eu-west-1.amazonaws.com}}

Prefer:

    Condition: {StringEquals: {"kms:ViaService": elasticfilesystem.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.analysis.via import KEY, hosts
from kmsgen.semantics.world import KeyFacts

CODE = "KMS457"
SEVERITY = "note"
LIKE = ("access-analyzer INVALID_SERVICE", "access-analyzer INVALID_REGION")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such host. One policy may serve all copies of a multi-Region key, each in a Region of its own."""
    if KEY not in view.keys:
        return
    for test in view.testing(KEY):
        judged = hosts(test, facts.region)
        some_work = any(one.is_ in ("fine", "unknown") for one in judged.values()) and not facts.multi_region
        for value, one in judged.items():
            if one.is_ == "unknown" or (one.is_ == "elsewhere" and some_work):
                yield Found(f"`{value}` {one.why}", path=test.path, help=one.help, about=value)
