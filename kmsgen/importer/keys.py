"""Keys of any source to one blueprint: each recognised, proved, named; all that cannot be held told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_key
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.importer import tighten as narrowing
from kmsgen.importer.bench import Bench, open_nothing
from kmsgen.importer.blueprint import Proved, blueprint, key_names
from kmsgen.importer.model import WHOLE, Findings, Imported, ImportedKey, Place, Removal
from kmsgen.importer.place import facts_of, place_of
from kmsgen.importer.proof import prove
from kmsgen.importer.recognise import recognised
from kmsgen.importer.settings import deletion_window
from kmsgen.importer.settle import Trial
from kmsgen.importer.verbatim import cleaned, is_accepted
from kmsgen.policy.key import Key
from kmsgen.policy.model import Policy, Statement
from kmsgen.sources.model import SourceKey
from kmsgen.sources.references import UnknownSymbolError, restored, symbols_by_reference
from kmsgen.templates import Library

_FILE = "imported.yaml"


def import_keys(
    keys: Iterable[SourceKey],
    library: Library | None = None,
    *,
    tighten: bool = False,
    findings: Findings | None = None,
) -> Imported:
    """A blueprint of keys, proved to mean what their policies mean, or with `tighten` no more than that.

    `findings` tells what looks wrong in a key, for comments. Raises `KmsgenError` with every key that no blueprint can
    hold, each with the reason.
    """
    problems, proved = Problems(), list[Proved]()
    importing = _Importing(library or Library(), tighten)
    for key in keys:
        try:
            proved.append(importing.one(key))
        except KmsgenError as error:
            problems.extend(error.problems)
    if not proved and not problems.errors:
        problems.error("there are no keys to import")
    if problems.errors:
        raise KmsgenError(*problems.errors)
    text = blueprint(proved, findings or (lambda key: ()), tighten=tighten)
    _hold(text, proved, importing.library)
    return Imported(text, tuple(_told(one, tighten) for one in proved), tighten)


@dataclass
class _Importing:
    library: Library
    tighten: bool
    _benches: dict[str, Bench] = field(default_factory=dict)
    """One for each place and kind of key, so that what was tried for one key is known for the next."""

    def _bench(self, place: Place, symbols: dict[str, str]) -> Bench:
        alike = repr((place.account, place.region, place.partition, place.kind))
        known = self._benches.setdefault(alike, Bench(self.library, place))
        return replace(known, place=place, symbols=symbols)

    def one(self, key: SourceKey) -> Proved:
        """One key, proved."""
        if key.kind == "blueprint":
            hint = "name the policies themselves: files, `aws`, a template, a plan or state"
            raise KmsgenError(Problem(f"`{key.name}` is in a blueprint already: {key.where}", hint=hint))
        if key.policy is None:
            raise KmsgenError(Problem(f"`{key.name}` has no policy that can be read: {key.reason}"))
        place = place_of(key, key.policy)
        place = place._replace(kind={**place.kind, **deletion_window(key)})
        try:
            return self._proved(key, key.policy, place)
        except UnknownSymbolError as error:
            message = f"`{key.name}` cannot be held by a blueprint: only the stack can make `{error}`"
            raise KmsgenError(Problem(message, hint="import the policy as the stack has made it")) from error

    def _proved(self, key: SourceKey, policy: Policy, place: Place) -> Proved:
        facts, symbols = facts_of(place), symbols_by_reference(policy)
        bench = self._bench(place, symbols)
        removals = narrowing.removals(policy, bench, facts)
        wanted = narrowing.tightened(policy, bench, facts) if self.tighten else policy
        trial = Trial(key.name, bench, wanted, cleaned(wanted, bench.working, facts, tighten=self.tighten), facts)
        settled = trial.settle(recognised(bench, trial.cleaned))
        if self.tighten:
            # Held to the policy itself once more: what was taken away must not let anybody in.
            proof = prove(policy, restored(settled.key.policy, symbols), facts)
            if not proof.narrower:
                raise KmsgenError(Problem(f"`{key.name}`: it is not proved that the tightened policy allows no more"))
            settled = replace(settled, proof=proof)
        dead = [
            Removal(index, what, f"it has no effect: {why}")
            for index, one in enumerate(trial.cleaned)
            for what, why in one.gone
        ]
        return Proved(key, place, settled, tuple(sorted([*removals, *dead])), _left_out(trial))


def _hold(text: str, proved: list[Proved], library: Library) -> None:
    """Compile the text as it will be written, and hold each of its keys to what was proved."""
    problems = Problems()
    made = [
        compile_key(intent, library, problems)
        for one in parse(text, _FILE, open_nothing, problems)
        for intent in one.keys
    ]
    if problems.errors:
        raise KmsgenError(*problems.errors)
    by_name: dict[str, list[Key]] = {}
    for key in made:
        if key is not None:
            by_name.setdefault(key.name, []).append(key)
    for one, name in zip(proved, key_names(proved), strict=True):
        found = by_name.get(name, [])
        here = next((key for key in found if key.region == one.place.region), *found[:1])
        if set(map(_nameless, here.policy.statements)) != set(map(_nameless, one.settled.key.policy.statements)):
            raise KmsgenError(
                Problem(f"`{one.key.name}`: the blueprint as a whole says something else than the key alone")
            )


def _nameless(statement: Statement) -> Statement:
    return replace(statement, sid=None)


def _left_out(trial: Trial) -> tuple[Removal, ...]:
    return tuple(Removal(place, "a part", why) for place, one in enumerate(trial.cleaned) for why in one.dropped)


def _told(one: Proved, tighten: bool) -> ImportedKey:
    draft = one.settled.draft
    assert one.key.policy is not None
    total, dead = len(one.key.policy.statements), {gone.statement for gone in one.removals if gone.what == WHOLE}
    kept = len(draft.verbatim if tighten else draft.verbatim | dead)
    gone = dead if tighten else frozenset[int]()
    return ImportedKey(
        one.key.name,
        one.key,
        one.settled.key.policy,
        total,
        total - kept - len(gone),
        kept,
        len({place for item in draft.items if is_accepted(item) for place in item.statements}),
        one.left_out,
        one.removals,
        tuple(narrowing.losses(one.settled.proof, one.removals)) if tighten else (),
    )
