"""One run of `check`: the files it goes by, the results of its sources one after the other, its baseline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kmsgen.analysis import engine
from kmsgen.analysis.baseline import Baseline, Entry, baseline_text, read_baseline
from kmsgen.analysis.guardrails.file import read_guardrails, twice
from kmsgen.analysis.guardrails.model import Guardrail
from kmsgen.analysis.guardrails.selector import may_select
from kmsgen.analysis.registry import Rule
from kmsgen.analysis.replicas import RULE, Gathered, alone, gathered
from kmsgen.analysis.subject import Asked
from kmsgen.analysis.suppressions import Entries, into_baseline, refused
from kmsgen.cli import render
from kmsgen.cli.writing import write
from kmsgen.errors import KmsgenError, Problems
from kmsgen.files import read_text
from kmsgen.sources import Loaded, Options, SourceKey
from kmsgen.sources.blueprint import library
from kmsgen.sources.principals import caller_of


@dataclass(frozen=True)
class Files:
    """The files that a run goes by, as the command line names them."""

    guardrails: tuple[str, ...] = ()
    baseline: str | None = None
    """Findings that are accepted."""
    write_baseline: str | None = None
    """Where to write the findings of this run, as accepted ones."""


@dataclass
class Checking:
    """One run: `results` gives every key once; what it has gathered on the way is right once they are through."""

    asked: Asked
    rules: tuple[Rule, ...]
    files: Files
    options: Options
    problems: Problems = field(default_factory=Problems)
    _written: list[Entry] = field(default_factory=list)
    _gathered: list[Gathered] = field(default_factory=list)
    """The keys of multi-Region sets, which may be of several parts."""

    def __post_init__(self) -> None:
        """Read the files. Raises `KmsgenError` with every mistake in them."""
        self._guardrails = self._read_guardrails()
        self._before = self._read_baseline()
        self.problems.extend(twice(self._guardrails))
        if self.problems.errors:
            raise KmsgenError(*self.problems.errors)
        self._idle = dict.fromkeys(self._guardrails)
        writes = self.files.write_baseline is not None
        baseline = Baseline() if writes else self._before
        self._settings = engine.Settings(self.asked, self.rules, tuple(self._guardrails), baseline)

    def results(self, parts: Iterable[Callable[[], Loaded]]) -> Iterator[engine.KeyFindings]:
        """Every key of every part of the sources; in the end what is stale of the baseline.

        What is wrong with a part is kept in `problems`, and the others are checked all the same.
        """
        entries = Entries(self._settings.acceptance, self.rules)
        for part, load in enumerate(parts):
            try:
                keys = load().keys
                self._gathered += gathered(part, keys)
                _see_caller(keys, self.asked.caller)
                for one in engine.check(keys, self._settings):
                    entries.take(one.key, one.findings)
                    for guardrail in [each for each in self._idle if may_select(each.keys, one.key)]:
                        del self._idle[guardrail]
                    yield one if self.files.write_baseline is None else self._taken(one)
            except KmsgenError as error:
                self.problems.extend(error.problems)
        for one in engine.across(self._gathered, self._settings):
            entries.take(one.key, one.findings)
            yield one if self.files.write_baseline is None else self._taken(one)
        yield from engine.leftovers(entries, self._settings)

    def _taken(self, one: engine.KeyFindings) -> engine.KeyFindings:
        """The result as the new baseline leaves it."""
        findings, entries = into_baseline(one.key, one.findings, self._before, self.asked.today)
        self._written += entries
        return one._replace(findings=findings)

    def finish(self) -> None:
        """Say what the run as a whole has to say, and write the baseline.

        Raises `KmsgenError` with the mistakes in the sources; then nothing is written.
        """
        self.problems.extend(self.options.parameters.unmet())
        if self.problems.errors:
            raise KmsgenError(*self.problems.errors)
        for guardrail in self._idle:
            render.say(render.safe(f"note: {guardrail.at}: the guardrail `{guardrail.name}` is for none of these keys"))
        if any(rule.name == RULE for rule in self.rules) and (replicas := alone(self._gathered)):
            render.say(render.safe(f"note: {_alone_words(replicas)}"))
        path = self.files.write_baseline
        if path is not None:
            write(Path(path), baseline_text(self._written), folders=False)
            many = "1 finding" if len(self._written) == 1 else f"{len(self._written)} findings"
            render.say(render.safe(f"wrote {many} to {path}"))

    def _read_guardrails(self) -> list[Guardrail]:
        found: list[Guardrail] = []
        if not self.files.guardrails:
            return found
        roles = {one.name: one.bound for one in library(self.options.templates).all("roles")}
        for name in self.files.guardrails:
            try:
                found += read_guardrails(read_text(name), name, roles)
            except KmsgenError as error:
                self.problems.extend(error.problems)
        return found

    def _read_baseline(self) -> Baseline:
        """The baseline that is given, else the one that is to be written anew, whose reasons stay."""
        again = self.files.write_baseline
        name = self.files.baseline or (again if again is not None and os.path.exists(again) else None)
        try:
            return Baseline() if name is None else read_baseline(read_text(name), name, refused)
        except KmsgenError as error:
            self.problems.extend(error.problems)
            return Baseline()


def _alone_words(replicas: Sequence[str]) -> str:
    """What is not known of replicas whose primary is not there."""
    more = f" and {len(replicas) - 4} more" if len(replicas) > 4 else ""
    shown = ", ".join(f"`{name}`" for name in replicas[:4]) + more
    subject = f"the replica {shown} is" if len(replicas) == 1 else f"the replicas {shown} are"
    return f"{subject} held against no primary: no source has a key that is known to be it"


def _see_caller(keys: Iterable[SourceKey], caller: str | None) -> None:
    """Raise `KmsgenError` with everything that is wrong with the caller, for whichever key."""
    problems = Problems()
    for key in keys:
        try:
            if caller is not None:
                caller_of(key, caller)
        except KmsgenError as error:
            problems.extend(error.problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)
