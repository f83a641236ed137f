"""How names are written as `Sid`s, logical ids, variables and labels, and how many there are of a thing."""

from __future__ import annotations

import re

_OUTSIDE = re.compile(r"[^A-Za-z0-9]+")


def camel(name: str) -> str:
    """A name of letters and digits, each of its words begun large.

    >>> camel("encrypt-decrypt"), camel("S3_export")
    ('EncryptDecrypt', 'S3Export')
    """
    return "".join(word[0].upper() + word[1:] for word in _OUTSIDE.split(name) if word)


def snake(name: str) -> str:
    """A name of letters, digits and `_` that does not begin with a digit.

    >>> snake("orders/data"), snake("eu-west-1"), snake("2nd")
    ('orders_data', 'eu_west_1', '_2nd')
    """
    text = _OUTSIDE.sub("_", name).strip("_")
    return f"_{text}" if text[:1].isdigit() else text


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number and its word.

    >>> counted(1, "loss", "losses"), counted(0, "key")
    ('1 loss', '0 keys')
    """
    return f"{count} {one if count == 1 else several or one + 's'}"
