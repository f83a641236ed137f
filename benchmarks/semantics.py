"""How long it takes to decide requests and to compare policies: `python -m benchmarks.semantics [CORPUS]`.

Times are medians of one run on one core; what they are held against is measured in the same run: parsing the same
policies with `json`, and reading them into statements.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kmsgen.errors import PolicyError
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import compare
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request

DEFAULT = Path(__file__).parents[2] / "shared" / "corpus"


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    before = time.process_time()
    work()
    return time.process_time() - before


def policies(corpus: Path) -> list[tuple[dict[str, Any], Policy]]:
    found = []
    for path in sorted((corpus / "policies").glob("*.json")):
        document = json.loads(path.read_text())
        try:
            found.append((document, read_policy(document)))
        except PolicyError:
            continue
    return found


def mutants(document: dict[str, Any]) -> list[Policy]:
    """Each with one statement less, or its conditions gone."""
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    changed = [listed[:at] + listed[at + 1 :] for at in range(len(listed)) if len(listed) > 1]
    changed += [
        [*listed[:at], {name: part for name, part in one.items() if name != "Condition"}, *listed[at + 1 :]]
        for at, one in enumerate(listed)
        if one.get("Condition")
    ]
    return [read_policy({**document, "Statement": statements}) for statements in changed]


def arn(team: int, worker: int) -> str:
    """A role's ARN."""
    return f"arn:aws:iam::{111122220000 + team}:role/team-{team}/worker-{worker}"


def large() -> tuple[Policy, Policy]:
    """Two policies of nearly 32 KB, with conditions of every kind, that differ in one value."""
    statements = [
        {
            "Sid": f"S{number}", "Effect": "Allow" if number % 6 else "Deny",
            "Principal": {"AWS": [arn(number, one) for one in range(3)]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"], "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::bucket-{number}/*"},
                "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"},
            },
        }
        for number in range(62)
    ]  # fmt: skip
    other = json.loads(json.dumps(statements))
    other[7]["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] = "arn:aws:s3:::bucket-7*"
    return read_policy({"Version": "2012-10-17", "Statement": statements}), read_policy(
        {"Version": "2012-10-17", "Statement": other}
    )


def against(policy: Policy, document: dict[str, Any]) -> None:
    """A policy compared with the same policy read anew."""
    compare(policy, read_policy(document))


def main() -> None:
    """Measure and print."""
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not corpus.is_dir():
        sys.exit(f"there are no policies in {corpus}: give the folder that has `policies/`")
    read = policies(corpus)
    pairs = [(policy, mutant) for document, policy in read for mutant in mutants(document)]
    times = sorted(spent(partial(compare, *pair)) for pair in pairs)
    parsing = statistics.median(spent(partial(json.loads, json.dumps(document))) for document, _ in read)
    reading = statistics.median(spent(partial(read_policy, document)) for document, _ in read)
    same = statistics.median(spent(partial(against, one, document)) for document, one in read)
    old, new = large()
    whole = spent(lambda: compare(old, new))
    policy = max((one for _, one in read), key=lambda one: len(one.statements))
    asked = [
        Request(arn(number, 0), "kms:Decrypt", {"kms:ViaService": f"s3.r{number}.amazonaws.com"})
        for number in range(20_000)
    ]  # fmt: skip
    deciding = spent(lambda: [evaluate(policy, request) for request in asked])
    median, worst = statistics.median(times), times[int(len(times) * 0.99)]
    print(
        f"{len(pairs)} comparisons, both directions: median {median * 1e3:.2f} ms, 99th percentile {worst * 1e3:.2f} ms"
    )
    print(
        f"  a comparison is {median / reading:.0f} times reading a policy, which is {reading / parsing:.0f} times json"
    )
    print(f"  equal policies, one read anew: {same / reading:.1f} times reading it")
    print(f"two policies of 32 KB: {whole * 1e3:.0f} ms")
    print(f"evaluate, {len(policy.statements)} statements: {len(asked) / deciding:,.0f} requests a second")


if __name__ == "__main__":
    main()
