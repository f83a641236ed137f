"""The command line's way in, and the one place where errors become exit codes: 0 fine, 1 found, 2 input, 3 a bug."""

from __future__ import annotations

import atexit
import os
import sys

from kmsgen._version import __version__

FINE, FOUND, INPUT, BUG = 0, 1, 2, 3
_BROKEN_PIPE = 128 + 13
_WRITING = frozenset({"generate", "init", "import"})
_ONLY_LOOKING = frozenset({"--check", "--stdout"})


def start() -> None:
    """Run the command line, and leave without taking apart all that was imported: a fifth of what a short run takes."""
    try:
        main()
    except SystemExit as ended:
        code = FINE if ended.code is None else ended.code
        if isinstance(code, int) and _is_finished():
            os._exit(code)
        raise


def _is_finished() -> bool:
    """Whether nothing is left to do but to leave; where that is not certain, Python leaves as it always does."""
    threads = sys.modules.get("threading")
    if sys.getprofile() or sys.gettrace() or (threads is not None and threads.active_count() > 1):
        return False
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (AttributeError, ValueError, OSError):  # there is none, or it cannot be written to
        return False
    return True


def main() -> None:
    """Run the command line and raise `SystemExit` with its exit code."""
    if sys.argv[1:] == ["--version"]:  # answered before anything is imported
        print(f"kmsgen {__version__}")
        sys.exit(FINE)
    if "_KMSGEN_COMPLETE" in os.environ:  # a shell asks what may be typed next
        from kmsgen.cli import app, completion

        print(completion.answer(app, sys.argv[1:], os.environ), end="")
        sys.exit(FINE)
    from kmsgen.errors import KmsgenError, UnfinishedError

    try:
        from kmsgen.cli import app

        app()
    except KmsgenError as error:
        from kmsgen.cli import COMMANDS, render

        command = next((word for word in sys.argv[1:] if word in COMMANDS), None)
        render.problems(error.problems, sys.stderr)
        render.say(_summary(len(error.problems), _outcome(command, finished=not isinstance(error, UnfinishedError))))
        sys.exit(INPUT)
    except BrokenPipeError:
        # Whoever read our output has seen enough; without this Python complains when it closes the stream. What a
        # program says that is ended so, and never that all is fine: `--check` may just have found something.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_BROKEN_PIPE)
    except OSError as error:
        # A disk that is full, a folder that may not be read: the machine's, and for the user to mend.
        named = f" `{error.filename}`" if error.filename else ""
        print(f"error: the machine refuses{named}: {error.strerror or error}", file=sys.stderr)
        sys.exit(INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _report_bug(error)
        sys.exit(BUG)


def _summary(count: int, outcome: str | None) -> str:
    from kmsgen.words import counted

    problems = counted(count, "problem")
    return f"{problems}; {outcome}" if outcome else problems


def _outcome(command: str | None, *, finished: bool) -> str | None:
    """What became of the user's files, of a command that writes any."""
    if not finished:
        return "the next run completes what was begun"
    return "nothing was written" if command in _WRITING and not _ONLY_LOOKING & set(sys.argv) else None


def _report_bug(error: Exception) -> None:
    """An error that is ours: enough to report it, and the whole of it on request."""
    if os.environ.get("KMSGEN_TRACEBACK"):
        raise error
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}" if trace else "?"
    print(f"kmsgen {__version__}: a bug of ours: {type(error).__name__}: {error} ({where})", file=sys.stderr)
    print("set KMSGEN_TRACEBACK=1 to see where it comes from, and report it", file=sys.stderr)


if __name__ == "__main__":
    start()
