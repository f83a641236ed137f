"""The same work on many things by several processes, with the results in the order of the things."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(things: Sequence[T], work: Callable[[T], R], jobs: int) -> Iterator[R]:
    """What `work` makes of each of the things, by so many processes; what it makes must be fit to be pickled.

    Worker `n` takes every thing whose place is `n` modulo `jobs`. What a worker does not bring to its end, whether
    the work raises or the worker is killed, is done here once more: so an error is the same with however many jobs.
    """
    jobs = min(jobs, len(things))
    if jobs < 2 or not hasattr(os, "fork"):
        yield from map(work, things)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    workers: list[tuple[int, BinaryIO]] = []
    # Whoever takes the results may be interrupted and leave without closing us.
    leave = partial(_end, workers)
    atexit.register(leave)
    try:
        with _undisturbed():
            for number in range(jobs):
                workers.append(_started(things[number::jobs], work, [pipe for _, pipe in workers]))
        lost: set[int] = set()
        for place, thing in enumerate(things):
            number = place % jobs
            if number not in lost:
                try:
                    yield pickle.load(workers[number][1])
                    continue
                except (EOFError, pickle.UnpicklingError):
                    lost.add(number)
            yield work(thing)
    finally:
        atexit.unregister(leave)
        _end(workers)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C held back: a worker ignores it from its first step on, and none is started that is not known of."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(workers: list[tuple[int, BinaryIO]]) -> None:
    while workers:
        process, pipe = workers.pop()
        pipe.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, 0)


def _started(things: Sequence[T], work: Callable[[T], R], others: list[BinaryIO]) -> tuple[int, BinaryIO]:
    """A worker: its process, and where its results come from."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _serve(things, work, writing, others)
    os.close(writing)
    return process, os.fdopen(reading, "rb")


def _serve(things: Sequence[T], work: Callable[[T], R], writing: int, others: list[BinaryIO]) -> NoReturn:
    """Do the work and end, without anything that the parent would do at its end."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent ends us
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whose end is ours as well
        for pipe in others:
            os.close(pipe.fileno())
        with os.fdopen(writing, "wb") as results:
            for thing in things:
                results.write(pickle.dumps(work(thing), pickle.HIGHEST_PROTOCOL))
    finally:
        os._exit(0)
