"""A deleted key can be brought back for less than two weeks.

When a key's deletion is scheduled, it cannot be used and can still be saved; when the waiting period is over, whatever
is encrypted under it is lost for ever. KMS waits 30 days where it is told nothing. Backups and monthly jobs show only
after weeks that they needed the key.

Avoid:

    keys:
      orders: {deletion_window: 7}

Prefer:

    keys:
      orders: {deletion_window: 30}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject

CODE = "KMS502"
SEVERITY = "warning"
LIKE = ("kics 0b530315", "kics 2844c749", "kics 7350fa23")
_LEAST = 14


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key with a shorter window."""
    days = subject.settings.get("deletion_window")
    if isinstance(days, int) and days < _LEAST:
        yield Found(
            f"once its deletion is scheduled, the key can be saved for {days} days alone", help=f"{_LEAST} days or more"
        )
