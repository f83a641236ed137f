"""The key is a multi-Region key.

Its material can be copied to other Regions by whoever may replicate it, each copy with a policy of its own, and a key
cannot be made single-Region again. That is what some applications need; for the others a key in each Region is
safer.

Avoid:

    keys:
      orders: {multi_region: [eu-west-1, us-east-1]}

Prefer:

    keys:
      orders: {region: eu-west-1}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject

CODE = "KMS506"
SEVERITY = "note"
LIKE = ("prowler kms_cmk_not_multi_region",)


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A multi-Region key, once for its set; not of a blueprint, which says so in as many words."""
    if subject.facts.multi_region and subject.is_primary is not False and subject.written_by_hand:
        yield Found("the key is a multi-Region key: its material can leave the Region", help="see that it is needed")
