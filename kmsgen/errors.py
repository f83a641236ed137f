"""Where something stands, and what is wrong there: the values with which every layer reports mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Location(NamedTuple):
    """A place in a text that a user wrote; lines and columns count from 1, columns in characters.

    Places are the same, and in order, by file, line and column alone.
    """

    # Every word of a blueprint has a place: a tuple is made in a third of the time of a dataclass, in half the memory.
    file: str
    line: int
    column: int
    length: int = 1
    """How many characters from `column` on are meant; what a caret underlines."""
    text: str = ""
    """The whole source line, for showing it."""

    def __eq__(self, other: object) -> bool:
        return self[:3] == other[:3] if isinstance(other, Location) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self[:3] != other[:3] if isinstance(other, Location) else NotImplemented

    def __hash__(self) -> int:
        return hash(self[:3])

    def __lt__(self, other: tuple[object, ...]) -> bool:
        return self[:3] < other[:3] if isinstance(other, Location) else NotImplemented

    def __le__(self, other: tuple[object, ...]) -> bool:
        return self[:3] <= other[:3] if isinstance(other, Location) else NotImplemented

    def __gt__(self, other: tuple[object, ...]) -> bool:
        return self[:3] > other[:3] if isinstance(other, Location) else NotImplemented

    def __ge__(self, other: tuple[object, ...]) -> bool:
        return self[:3] >= other[:3] if isinstance(other, Location) else NotImplemented

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One mistake: what is wrong (lower case, no final period), where, and what to write instead."""

    message: str
    at: Location | None = None
    hint: str | None = None
    related: tuple[tuple[str, Location], ...] = ()
    """Other places that belong to it, each with a word of its own: `("used here", …)`."""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.at}: " if self.at else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class KmsgenError(Exception):
    """What a user can mend: one or more problems, each with its place where it has one."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class BlueprintError(KmsgenError):
    """A blueprint, or a file that it includes, says something that cannot be held."""


class TemplateError(KmsgenError):
    """A template is malformed, or grants more than its header says."""


class PolicyError(KmsgenError):
    """A key policy is malformed or cannot be represented."""


class OutputError(KmsgenError):
    """A key cannot be written in the format asked for, or a file cannot be written at all."""


class UnfinishedError(OutputError):
    """Some files are in their place and others could not be put there; the next run completes it."""


class Problems:
    """Collects mistakes, so that all of them are reported and not only the first; equal ones count once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, problem: Problem) -> None:
        """Take one problem."""
        self._found.setdefault(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take several."""
        for problem in problems:
            self.add(problem)

    def error(
        self,
        message: str,
        at: Location | None = None,
        hint: str | None = None,
        related: tuple[tuple[str, Location], ...] = (),
    ) -> None:
        """Take one mistake that stops the work."""
        self.add(Problem(message, at, hint, related))

    def warning(self, message: str, at: Location | None = None, hint: str | None = None) -> None:
        """Take one remark that does not."""
        self.add(Problem(message, at, hint, severity="warning"))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those that stop the work, in the order they were found."""
        if not self._found:
            return ()  # as nearly always, and it is asked for at every step
        return tuple(problem for problem in self._found if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Those that do not."""
        return tuple(problem for problem in self._found if problem.severity == "warning")


def did_you_mean(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The hint that names the known word nearest to `word`, or None where none is as near as `likeness` (0 to 1).

    >>> did_you_mean("encryptor", ["encrypt", "decrypt", "sign"])
    'did you mean `encrypt`?'
    """
    import difflib  # only mistakes need it

    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return f"did you mean `{by_lower[near[0]]}`?" if near else None
