"""A draft proved: compiled and compared with its policy, and what keeps it from being equal taken back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.errors import KmsgenError, Problem
from kmsgen.importer.bench import Bench
from kmsgen.importer.draft import LISTS, fields_of
from kmsgen.importer.model import Draft, Item
from kmsgen.importer.proof import Proof, prove
from kmsgen.importer.verbatim import REASON, Cleaned, accepted, is_accepted, with_dead, written_out
from kmsgen.policy.key import Key
from kmsgen.policy.model import Policy
from kmsgen.semantics.difference import Difference
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.references import restored

_MARK = "@"
"""What stands before the number of an item in the comment above it, by which a line tells its item."""


@dataclass(frozen=True)
class Settled:
    """A draft that was proved, and what it compiles to."""

    draft: Draft
    key: Key
    proof: Proof


@dataclass(frozen=True)
class Trial:
    """One key's policy, and all that it takes to hold a draft against it."""

    name: str
    bench: Bench
    policy: Policy
    cleaned: tuple[Cleaned, ...]
    facts: KeyFacts

    def settle(self, draft: Draft) -> Settled:
        """The draft, or the nearest to it that means what the policy means.

        Raises `KmsgenError` where there is none.
        """
        last = False
        # Every step takes something back, so that there is an end; the bound holds that to be so.
        for _ in range(10 + 4 * len(self.cleaned)):
            found = self._once(draft)
            if isinstance(found, Settled):
                return found
            if found is None:
                if last:
                    raise self._refused(self._why_not(draft))
                found, last = self.verbatim(draft), True
            draft = found
        raise self._refused("no blueprint was found that means the same")

    def verbatim(self, draft: Draft) -> Draft:
        """The draft with nothing recognised in it."""
        places = (place for place, one in enumerate(self.cleaned) if one.statement is not None)
        items = [written_out(place, self.cleaned[place]) for place in places]
        items = self._still_accepted(draft, items)
        return replace(
            draft, root=nobody(), items=with_dead(items, self.cleaned), root_statements=frozenset(), references={}
        )

    def _once(self, draft: Draft) -> Settled | Draft | None:
        """The draft where it holds; else the next to try; None where it is not known what is wrong with it."""
        bench = replace(self.bench, references=draft.references)
        text, starts = _marked(bench, draft)
        key, problems = bench.compiled(text)
        if key is None:
            return self._mended(draft, starts, problems)
        made = restored(key.policy, self.bench.symbols)
        proof = prove(self.policy, made, self.facts)
        if proof.equal:
            return Settled(draft, key, proof)
        return self._taken_back(draft, starts, proof)

    def _mended(self, draft: Draft, starts: list[int], problems: tuple[Problem, ...]) -> Draft | None:
        """The draft without the entries that the compiler refuses; statements that it refuses stand as they are."""
        guilty: dict[int, list[str]] = {}
        for problem in problems:
            place = _item_at(starts, problem.at.line) if problem.at else None
            if place is not None:
                guilty.setdefault(place, []).append(problem.message)
        items = _ordered(draft)
        if not guilty and draft.root == nobody():
            # Nobody can change the policy again: KMS takes such a policy when it is told to leave out its check.
            return replace(draft, root=nobody(locked=True))
        if not guilty and draft.root_statements - draft.verbatim:
            # What is wrong is wrong with the root mode: the statements that it stands for are kept instead.
            return self.demoted(draft, draft.root_statements)
        if not guilty:
            raise self._refused(*(problem.message for problem in problems))
        kept, back = list[Item](), set[int]()
        for place, item in enumerate(items):
            if place not in guilty:
                kept.append(item)
            elif item.list != "statements":
                back |= item.statements
            elif is_accepted(item):
                raise self._refused(*guilty[place])
            else:
                kept.append(accepted(item, tuple(guilty[place])))
        return self.demoted(replace(draft, items=tuple(kept)), back)

    def _taken_back(self, draft: Draft, starts: list[int], proof: Proof) -> Draft | None:
        """The draft with those statements written out that are not what they were taken for."""
        outcome, items, back = proof.outcome, _ordered(draft), set[int]()
        for loss in outcome.losses:
            back.add(loss.statement_index)
        for gain in outcome.gains:
            for place in _items_of(starts, gain):
                back |= items[place].statements
        moved = self.demoted(draft, back)
        return None if moved == draft else moved

    def _why_not(self, draft: Draft) -> str:
        """What a draft with nothing recognised in it would change, for people."""
        key, _ = self.bench.compiled(_marked(self.bench, draft)[0])
        outcome = prove(self.policy, restored(key.policy, self.bench.symbols), self.facts).outcome if key else None
        said = "the blueprint that would stand for it is not proved to mean the same"
        for one in outcome.losses if outcome else ():
            found = self.cleaned[one.statement_index]
            dropped = "; ".join((*found.dropped, *(why for _, why in found.gone)))
            return f"{said}: {one.who} would lose `{one.what[0]}`{f', because {dropped}' if dropped else ''}"
        for one in outcome.gains if outcome else ():
            return f"{said}: {one.who} would gain `{one.what[0]}`"
        return f"{said}: {outcome.undecided[0]}" if outcome and outcome.undecided else said

    def demoted(self, draft: Draft, statements: Iterable[int]) -> Draft:
        """The draft with some statements written out, and without the items that stood for these alone."""
        out = {place for place in statements if self.cleaned[place].statement is not None}
        written = draft.verbatim | out
        kept = [item for item in draft.items if item.list == "statements" or not item.statements <= written]
        new = [written_out(place, self.cleaned[place]) for place in sorted(out - draft.verbatim)]
        root, of_root = draft.root, draft.root_statements
        if of_root and of_root <= written:
            root, of_root = nobody(), frozenset[int]()
        return replace(draft, root=root, root_statements=of_root, items=with_dead([*kept, *new], self.cleaned))

    @staticmethod
    def _still_accepted(draft: Draft, items: Iterable[Item]) -> list[Item]:
        """Statements written out, those that stood as they are as they stood."""
        known = {item.statements: item for item in draft.items if is_accepted(item) and not item.dead}
        return [known.get(item.statements, item) for item in items]

    def _refused(self, *reasons: str) -> KmsgenError:
        said = "; ".join(dict.fromkeys(reasons))
        hint = "mend it where it is kept, and import it then"
        return KmsgenError(Problem(f"`{self.name}` cannot be held by a blueprint: {said}", hint=hint))


def nobody(*, locked: bool = False) -> dict[str, Any]:
    """The root mode of a key whose account gets nothing but what its statements say."""
    mode: dict[str, Any] = {"mode": "none", "reason": REASON}
    return {**mode, "locked": True} if locked else mode


def _ordered(draft: Draft) -> list[Item]:
    """The items in the order in which a blueprint has them."""
    return [item for name in LISTS for item in draft.items if item.list == name]


def _marked(bench: Bench, draft: Draft) -> tuple[str, list[int]]:
    """The text of the draft, and the line before each of its items."""
    marks = {id(item): (f"{_MARK}{place}",) for place, item in enumerate(_ordered(draft))}
    text = bench.text(fields_of(bench.place, draft, lambda item: marks[id(item)]))
    return text, [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(f"# {_MARK}")]


def _item_at(starts: list[int], line: int) -> int | None:
    place = bisect_right(starts, line) - 1
    return place if place >= 0 else None


def _items_of(starts: list[int], difference: Difference) -> Iterator[int]:
    """The items that a statement of the compiled policy was made of."""
    for origin in difference.origin:
        place = _item_at(starts, origin.line)
        if place is not None:
            yield place
