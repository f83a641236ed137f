"""Text of others in Markdown: shown as it is, with words in backticks as code."""

from __future__ import annotations

import re

from kmsgen.cli.render import safe

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@])")
_SPACE = re.compile(r"\s+")
_BAR, _BARRED = re.compile(r"(\\*)\|"), r"\1\1\\|"


def escaped(text: str, *, table: bool = False) -> str:
    """Text in which nothing but words in backticks is taken for Markdown, for HTML, or for a mention of somebody."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one that stands alone begins nothing
        return _plain(text)
    return "".join(code(one, table=table) if place % 2 and one else _plain(one) for place, one in enumerate(pieces))


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", safe(_SPACE.sub(" ", text))).replace("\\@", "&#64;").replace("\\<", "&lt;")


def code(text: str, *, table: bool = False) -> str:
    """Text as code; in a table a bar would end its cell, also one behind a backslash that is itself escaped."""
    plain = safe(_SPACE.sub(" ", text)).replace("`", "'")
    return f"`{_BAR.sub(_BARRED, plain) if table else plain}`"
