"""The collector of cycles, told not to look so often while much is made of which hardly anything is a cycle."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_SELDOM = 50_000
"""After how many new objects it looks: some tens of keys, so that what there is of cycles stays small."""


@contextlib.contextmanager
def off() -> Iterator[None]:
    """Collect nothing while keys are read that are held to the end, and none of them later: few are cycles."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if on:
            gc.enable()


@contextlib.contextmanager
def seldom() -> Iterator[None]:
    """Collect seldom, and nothing of what is there already: what was imported stays for good."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
