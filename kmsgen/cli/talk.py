"""How much is said on standard error: what `--quiet` leaves out and what `--verbose` adds."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kmsgen.cli import render


class _Once(logging.Handler):
    """Says each thing once, however often it is done."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, unless it was said."""
        text = render.safe(record.getMessage())
        if text not in self._said:
            self._said.add(text)
            render.say(text)


def aloud() -> Callable[[], None]:
    """Let what kmsgen logs of its work be said from now on; what is returned ends it."""
    logger, handler = logging.getLogger("kmsgen"), _Once()
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False

    def end() -> None:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before

    return end
