"""A program at a terminal of its own: what it shows, and what somebody types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import ROOT

_PATIENCE = 30


class Terminal:
    """A program that runs from the beginning of a `with` to its end."""

    def __init__(self, folder: Path, *command: str, path: str | None = None) -> None:
        self.shown, self._seen, self._ended = "", 0, False
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            plain = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "TERM": "dumb", "HOME": str(folder), "COLUMNS": "200"}
            os.execvpe(command[0], command, {**os.environ, **plain, **({"PATH": path} if path else {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.master)
        if not self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def until(self, text: str) -> None:
        """Read until a text is shown, behind the one that was waited for before."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.shown[self._seen :]:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.master, 4096).decode(errors="replace")
                except OSError:
                    raise AssertionError(self.shown) from None
        self._seen = self.shown.index(text, self._seen) + len(text)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self.master, text.encode())

    def left(self) -> int:
        """The exit code, once all that is shown has been read."""
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 4096):
                self.shown += data.decode(errors="replace")
        self._ended = True
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
