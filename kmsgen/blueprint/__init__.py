"""YAML text to frozen intent: who may do what with which key, and when; every part knows its file, line and column."""

from __future__ import annotations

from kmsgen.blueprint.document import Opener, read_document
from kmsgen.blueprint.intent import Blueprint
from kmsgen.blueprint.keys import expand
from kmsgen.errors import Problems
from kmsgen.reading.fields import Reader


def parse(text: str, name: str, open_file: Opener, problems: Problems) -> tuple[Blueprint, ...]:
    """The blueprint that a text holds, in each of its environments.

    `name` is what messages call the file and what its includes are relative to; `open_file` gives the text of an
    include. What is wrong is added to `problems`; a key that could not be read in full is marked `broken`.
    """
    document = read_document(Reader(problems), text, name, open_file)
    return tuple(expand(document, problems)) if document is not None else ()
