"""The large run: thousands of random pairs judged, counted, and every contradiction printed as a line of JSON.

Without a comparison to test, the oracle is held against itself: the solver's models by evaluation, its "no difference"
by random requests.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from kmsgen.policy.model import Policy
from tests.oracle import adapter, generate, smt
from tests.oracle.judge import (
    Judgement,
    OracleError,
    Sampled,
    Verdict,
    contradictions,
    describe,
    judge,
    sample,
)  # fmt: skip

Engine = Callable[[Policy, Policy], Verdict]


class Outcome:
    """What came of one pair: words to count, and what is wrong, as JSON data."""

    def __init__(self) -> None:
        self.counts: list[str] = []
        self.wrong: list[dict[str, Any]] = []


def run_pair(seed: int, *, engine: Engine | None, requests: int, limit_ms: int) -> Outcome:
    """One pair judged by solver and by random requests; without an engine these two are held against each other."""
    outcome = Outcome()
    pair = generate.pair(seed)
    old, new = pair.policies
    judged: Judgement | None = None
    faults: list[str] = []
    if smt.AVAILABLE:
        try:
            judged = judge(old, new, limit_ms=limit_ms)
            outcome.counts += [f"oracle: {answer}" for answer in (judged.gains, judged.losses)]
        except smt.UnsupportedError:
            outcome.counts.append("oracle: not encoded")
        except OracleError as error:
            faults.append(f"oracle: {error}")
    drawn = sample(old, new, seed, requests)
    said = engine(old, new) if engine else None
    if said is not None:
        outcome.counts.append("engine: undecided" if said.undecided else "engine: decided")
        faults += contradictions(old, new, said, judged, drawn)
    faults += _oracle_faults(judged, drawn, pair.how)
    outcome.counts.append("disagree" if faults else "agree")
    if faults:
        outcome.wrong.append(_record(seed, pair, faults, said, judged, drawn))
    return outcome


def _oracle_faults(judged: Judgement | None, drawn: Sampled, how: str) -> list[str]:
    if judged is None:
        return []
    found = []
    for name, answer, narrow, wide in (
        ("gain", judged.gains, drawn.gaining, drawn.open_gaining),
        ("loss", judged.losses, drawn.losing, drawn.open_losing),
    ):
        if (answer == "no" and (narrow or wide)) or (answer == "open" and narrow):
            found.append(f"oracle: the solver denies a {name} that a request shows")
        if how == "rewritten" and answer in ("yes", "open"):
            found.append(f"oracle: a {name} after a rewrite that changes nothing")
    return found


def _record(
    seed: int, pair: generate.Pair, faults: list[str], said: Verdict | None, judged: Judgement | None, drawn: Sampled
) -> dict[str, Any]:
    """Everything that is needed to look into a contradiction."""
    return {
        "seed": seed,
        "how": pair.how,
        "faults": faults,
        "engine": said and {"gains": said.gains, "losses": said.losses, "undecided": said.undecided,
                            "witnesses": [describe(one) for one in said.witnesses]},
        "solver": judged and {"gains": judged.gains, "losses": judged.losses, "gaining": describe(judged.gaining),
                              "losing": describe(judged.losing)},
        "gaining": [describe(one) for one in (drawn.gaining + drawn.open_gaining)[:2]],
        "losing": [describe(one) for one in (drawn.losing + drawn.open_losing)[:2]],
        "old": pair.old,
        "new": pair.new,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 where anything disagrees."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="where the pairs' seeds begin (times a million)")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--requests", type=int, default=200, help="random requests for each pair")
    parser.add_argument("--limit-ms", type=int, default=4000, help="the solver's time for one question")
    given = parser.parse_args(arguments)
    engine = adapter.engine_verdict if adapter.PRESENT else None
    work = partial(run_pair, engine=engine, requests=given.requests, limit_ms=given.limit_ms)
    seeds = range(given.seed * 1_000_000, given.seed * 1_000_000 + given.pairs)
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(given.jobs) as pool:
        for outcome in pool.map(work, seeds, chunksize=8):
            counts.update(outcome.counts)
            for wrong in outcome.wrong:
                print(json.dumps(wrong), flush=True)
    tested = "comparison against oracle" if engine else "oracle against itself"
    print(f"{tested}: {given.pairs} pairs from seed {seeds.start}", file=sys.stderr)
    for name, count in sorted(counts.items()):
        print(f"{count:7} {name}", file=sys.stderr)
    return 1 if counts["disagree"] else 0


if __name__ == "__main__":
    sys.exit(main())
