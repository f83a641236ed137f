"""The policy has a character that KMS does not take.

KMS takes tab, line feed, carriage return and what is from space up to U+00FF, and refuses a policy with any other: a
typographic quote or dash, a word in another script, a zero-width space from a web page.

Avoid:

    Sid: Allow use – for “orders”

Prefer:

    Sid: Allow use - for orders

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.policy.limits import refused_character, texts
from kmsgen.policy.reference import is_symbolic

CODE = "KMS427"
SEVERITY = "error"


def check(subject: Subject) -> Iterator[Found]:
    """Every text with such a character."""
    for index, statement in enumerate(subject.policy.statements):
        # Nearly every statement has none, and `isascii` says so at once.
        strange = {text for text in texts(statement) if not text.isascii() and not is_symbolic(text)}
        for text in sorted(strange):
            yield from _found(text, index)
    if subject.policy.id is not None:
        yield from _found(subject.policy.id, None)


def _found(text: str, index: int | None) -> Iterator[Found]:
    character = refused_character(text)
    if character is not None:
        message = f"KMS does not take the character `{character}` (U+{ord(character):04X}) in a key policy: `{text}`"
        yield Found(message, index, help="use characters up to U+00FF (Latin-1)", about=text)
