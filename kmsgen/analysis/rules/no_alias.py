"""The key has no alias.

People and programs then know it by an id that says nothing: it is hard to tell what it is for, and every use of it must
change when another key takes its place.

Avoid:

    keys:
      orders: {}

Prefer:

    keys:
      orders: {aliases: [orders/data]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject

CODE = "KMS503"
SEVERITY = "note"


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key of which it is known that it has none; a replica may do with its primary's."""
    known = subject.settings.get("aliases")
    if known is not None and not known and not subject.aliases and subject.is_primary is not False:
        yield Found("the key has no alias", help="give it one that says what it is for")
