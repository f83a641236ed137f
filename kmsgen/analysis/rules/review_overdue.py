"""The day until which the key was to be looked at again is past.

Who has access to a key, and whether they still need it, is to be reviewed regularly. A tag `review-by` on the key says
when that is to happen next.

Avoid:

    tags: {review-by: "2020-01-31"}

Prefer:

    tags: {review-by: "2030-01-31"}

Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject
from kmsgen.policy.reference import is_symbolic

CODE = "KMS508"
SEVERITY = "warning"
_TAG = "review-by"


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key with that tag whose day is past, or no day."""
    tags = subject.settings.get("tags")
    for name, value in tags.items() if isinstance(tags, Mapping) else ():
        if name.lower() != _TAG or is_symbolic(value):
            continue
        try:
            day = datetime.date.fromisoformat(value)
        except ValueError:
            yield Found(f"the tag `{name}` is `{value}`, which is no day", help="write it like `2030-01-31`")
            continue
        if day < subject.asked.today:
            yield Found(f"the key was to be reviewed by {day}", help=f"review who has access, and set `{name}` anew")
