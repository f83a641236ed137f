"""How a name is written where only some characters are allowed: `Sid`s and logical ids, variables and labels."""

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
