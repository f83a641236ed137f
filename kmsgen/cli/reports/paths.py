"""Where a finding is, as a repository names it: what hosts of code look for in a report."""

from __future__ import annotations

import os
from urllib.parse import quote

_SAFE = "/-._~!$&'()*+,;=@"
# A colon must not stand in it: a host would take what is before it for the scheme of a URI, and refuse the report.


def in_repository(source: str) -> str:
    """A file's path from the folder that the run is in, where it is below it; else the path or the text as it is.

    >>> in_repository("./blueprints/orders.yaml")
    'blueprints/orders.yaml'
    """
    if os.path.isabs(source):
        below = os.path.relpath(source)
        return os.path.normpath(source) if below.split(os.sep)[0] == os.pardir else below
    return os.path.normpath(source) if source else source


def uri(path: str) -> str:
    """The URI of a path, or a reference to it where it is no absolute one.

    >>> uri("policies/größe 1.json"), uri("/tmp/a.json"), uri("arn:aws:kms:eu-west-1:111122223333:key/1")
    ('policies/gr%C3%B6%C3%9Fe%201.json', 'file:///tmp/a.json', 'arn%3Aaws%3Akms%3Aeu-west-1%3A111122223333%3Akey/1')
    """
    return ("file://" if os.path.isabs(path) else "") + quote(path, safe=_SAFE, errors="surrogateescape")
