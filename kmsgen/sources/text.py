"""A policy as text that comes from elsewhere than a file: the policy, or in one line why it is none."""

from __future__ import annotations

from kmsgen.documents import Document, read_large_json
from kmsgen.errors import PolicyError
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_placed


def read_embedded(text: str) -> tuple[Policy | None, str | None]:
    """The policy in a JSON text and None, or None and the reason."""
    try:
        return read_placed(Document(read_large_json(text, "").data, "")), None
    except PolicyError as error:
        first, count = error.problems[0], len(error.problems)
        more = f", and {count - 1} more" if count > 1 else ""
        return None, f"its policy is malformed: {first.message}{more}"
