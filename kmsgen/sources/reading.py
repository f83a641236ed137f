"""The text of a file, of a pipe, or of standard input; a source may be much larger than a blueprint."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from typing import IO

from kmsgen.errors import KmsgenError, Problem
from kmsgen.files import decoded

_log = logging.getLogger(__name__)

MAX_BYTES = 1024 * 1024 * 1024
"""The plan of ten thousand keys has some hundred megabytes."""
_USUAL = 1024 * 1024
"""What is asked for at first where nothing tells how much there is, as Python sets aside as much as it is asked for."""


def text_of(place: str) -> str:
    """The text of what a path names, or of standard input.

    Raises `KmsgenError` where it cannot be read, is too large, or is not UTF-8.
    """
    if place == "-":
        return _standard_input()
    try:
        _log.debug("reads `%s`", place)
        with open(place, "rb") as file:
            size = os.fstat(file.fileno()).st_size  # none of a pipe
            return _read(file, place, min(size, MAX_BYTES) + 1 if size else _USUAL)
    except OSError as error:
        raise KmsgenError(Problem(f"`{place}` cannot be read: {error.strerror}")) from error


def _standard_input() -> str:
    stream = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if stream is None else _read(stream, "-")


def _read(file: IO[bytes], place: str, first: int = _USUAL) -> str:
    data = file.read(first)
    if len(data) == first:
        data += file.read(MAX_BYTES + 1 - first)
    if len(data) > MAX_BYTES:
        raise KmsgenError(Problem(f"`{place}` has more than {MAX_BYTES:,} bytes", hint="give a part of it"))
    return decoded(data, place)


def lines_of(place: str) -> Iterator[str]:
    """The lines of a file or of standard input, as they come.

    Raises `KmsgenError` where they cannot be read or are not UTF-8.
    """
    stream = None
    try:
        stream = None if place == "-" else open(place, "rb")  # noqa: SIM115 - closed below, where it is ours
        source = stream or getattr(sys.stdin, "buffer", None)
        for line in source if source is not None else sys.stdin:
            yield line if isinstance(line, str) else decoded(line, place)
    except OSError as error:
        raise KmsgenError(Problem(f"`{place}` cannot be read: {error.strerror}")) from error
    finally:
        if stream is not None:
            stream.close()
