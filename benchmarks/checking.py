"""How fast policies are checked, and how much memory many keys take: `python -m benchmarks.checking [CORPUS]`.

Each tool reads the text of every policy and applies all its rules, in one process: first to policies that it has not
seen, then to the same ones once more, as in an account whose keys are alike. What is shown is policies a second and
their ratio. Memory is the peak of a `kmsgen check --format sarif` over a folder of policies, no two of them the same.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.semantics import DEFAULT, spent
from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.subject import Asked
from kmsgen.documents import read_json
from kmsgen.errors import PolicyError
from kmsgen.sources.model import Options
from kmsgen.sources.policy import load

SETTINGS = Settings(Asked(datetime.date(2026, 1, 1)))
MANY = (1_000, 10_000)
ARN = "arn:aws:iam::111122223333:role/worker-{}"


def by_kmsgen(text: str) -> int:
    """How many findings there are in a policy."""
    return sum(len(one.findings) for one in check(load(read_json(text, "policy.json"), Options()), SETTINGS))


def readable(corpus: Path) -> Iterator[str]:
    """The texts of the policies that are well-formed: both tools give up on the others at once."""
    for path in sorted((corpus / "policies").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        try:
            load(read_json(text, path.name), Options())
        except PolicyError:
            continue
        yield text


def speed(name: str, tool: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    """Policies a second, unseen and again; the first call, which loads what the tool knows, is not counted."""
    tool('{"Version": "2012-10-17", "Statement": []}')
    unseen, again = (len(texts) / spent(lambda: [tool(text) for text in texts]) for _ in range(2))
    print(f"{name}: {unseen:,.0f} unseen policies a second, {1e3 / unseen:.2f} ms each; again: {again:,.0f}")
    return unseen, again


def by_parliament() -> Callable[[str], Any] | str:
    """What parliament does with a text, or why it cannot be measured."""
    try:
        import parliament
    except ImportError as error:
        return f"parliament is left out, because it cannot be loaded: {error}; pip install '.[bench]'"
    return lambda text: parliament.analyze_policy_string(text).findings


def folder(place: Path, count: int) -> None:
    """Policies in which something is found, each with principals of its own."""
    for number in range(count):
        statements = [
            {"Sid": "Admin", "Principal": {"AWS": ARN.format("admin")}, "Action": ["kms:Put*", "kms:Describe*"]},
            {"Sid": "Use", "Principal": {"AWS": ARN.format(number)}, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]},
            {"Sid": "Use", "Principal": "*", "Action": "kms:Decrypt",
             "Condition": {"StringEquals": {"kms:ViaService": f"s3.r{number}.amazonaws.com"}}},
        ]  # fmt: skip
        listed = [{"Effect": "Allow", "Resource": "*", **one} for one in statements]
        (place / f"{number:05}.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": listed}, indent=2))


def peak(count: int) -> float:
    """The megabytes that checking a folder of that many policies takes at most."""
    with tempfile.TemporaryDirectory() as place:
        folder(Path(place), count)
        command = [sys.executable, "-m", "kmsgen", "check", place, "--format", "sarif"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 1, child.returncode
    return used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Measure and print."""
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not corpus.is_dir():
        sys.exit(f"there are no policies in {corpus}: give the folder that has `policies/`")
    texts = list(readable(corpus))
    ours = speed("kmsgen", by_kmsgen, texts)
    theirs = by_parliament()
    if isinstance(theirs, str):
        print(theirs)
    else:
        unseen, again = (mine / other for mine, other in zip(ours, speed("parliament", theirs, texts), strict=True))
        print(f"  {unseen:.1f} times as many as parliament, {again:.1f} times again")
    for count in MANY:
        print(f"SARIF of {count:,} keys: at most {peak(count):.0f} MB")


if __name__ == "__main__":
    main()
