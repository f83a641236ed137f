"""A principal is of another partition than the key.

Accounts of `aws`, `aws-cn`, `aws-us-gov` and the other partitions know nothing of each other: no principal of one can
use a key of another, and KMS refuses the policy. `arn:aws:` in a policy for China or GovCloud is the usual case.

Avoid:

    # on a key in cn-north-1
    Principal: {AWS: "arn:aws:iam::111122223333:root"}

Prefer:

    Principal: {AWS: "arn:aws-cn:iam::111122223333:root"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.principals import PARTITIONS, REGIONS, partition_of
from kmsgen.policy.reference import is_symbolic

CODE = "KMS430"
SEVERITY = "error"
LIKE = ("access-analyzer INVALID_PARTITION",)


def check(subject: Subject) -> Iterator[Found]:
    """Every principal of another partition than the key's, or than the policy's other principals."""
    named = [(index, value, _partition(value)) for index, one in enumerate(subject.views) for value in _arns(one)]
    own, because = _own(subject)
    first = next((partition for _, _, partition in named), None)
    if own is None and first is not None:
        own, because = first, f"the first principal of the policy is of `{first}`"
    for index, value, partition in named:
        if partition != own:
            message = f"`{value}` is of the partition `{partition}`, and {because}"
            right = value.replace(f"arn:{partition}:", f"arn:{own}:", 1)
            element = "Principal" if subject.policy.statements[index].principals else "NotPrincipal"
            yield Found(message, index, (element,), f"write `{right}`", value)


def _own(subject: Subject) -> tuple[str | None, str]:
    """The key's partition, where it is known, and how messages say so."""
    arn, region = subject.facts.arn, subject.facts.region
    if arn is not None and (partition := _partition(arn)) is not None:
        return partition, f"the key is of `{partition}`"
    if region is not None and not is_symbolic(region) and region in REGIONS:
        partition = partition_of(region)
        return partition, f"the key is in `{region}`, of `{partition}`"
    return None, ""


def _arns(one: View) -> Iterator[str]:
    for principal in sorted(one.statement.principals | one.statement.not_principals):
        if _partition(principal.value) is not None:
            yield principal.value


def _partition(text: str) -> str | None:
    """The partition in an ARN; None where there is none that exists."""
    word, _, rest = text.partition(":")
    partition = rest.partition(":")[0]
    return partition if word == "arn" and partition in PARTITIONS else None
