"""How fast policies are checked, and how much memory many keys take: `python -m benchmarks.checking [CORPUS]`.

Each tool reads the text of every policy and applies all its rules, in one process: to what kmsgen compiles for keys of
one shape, each with roles and resources of its own; and to policies that others wrote, first to ones that it has not
seen, then to the same once more. What is shown is policies a second and their ratio. Memory is the peak of a
`kmsgen check --format sarif` over a folder of policies, no two of them the same.
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
from kmsgen.policy.write import to_document
from kmsgen.sources.blueprint import from_text
from kmsgen.sources.model import Options
from kmsgen.sources.policy import load

SETTINGS = Settings(Asked(datetime.date(2026, 1, 1)))
KEYS = 1_000
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


BLUEPRINT = """
version: 1
accounts: {{own: "111122223333", partner: "444455556666"}}
keys:
  {0}:
    account: own
    region: eu-west-1
    admins: [role/{0}/admin, role/{0}/deploy]
    users:
      - role/{0}/reader: {{can: decrypt}}
      - role/{0}/writer: {{can: encrypt}}
      - role/{0}/worker: {{can: encrypt-decrypt, when: {{via: s3}}}}
    services:
      - cloudtrail: {{trail: {0}}}
      - cloudwatch-logs: {{log_group: {0}}}
    accounts:
      - partner: {{can: decrypt, when: {{via: s3}}}}
"""


def compiled(count: int) -> Iterator[str]:
    """The policies of that many keys of one shape, as `generate` writes them."""
    for number in range(count):
        for key in from_text(BLUEPRINT.format(f"key-{number:05}"), "keys.yaml", Options()):
            assert key.policy is not None
            yield json.dumps(to_document(key.policy), indent=2)


def speed(name: str, tool: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    """Policies a second, unseen and again; the first call, which loads what the tool knows, is not counted."""
    tool('{"Version": "2012-10-17", "Statement": []}')
    unseen, again = (len(texts) / spent(lambda: [tool(text) for text in texts]) for _ in range(2))
    print(f"  {name}: {unseen:,.0f} unseen policies a second, {1e3 / unseen:.2f} ms each; again: {again:,.0f}")
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


def against(what: str, texts: list[str], theirs: Callable[[str], Any] | str) -> None:
    """Print how fast both tools are at some policies."""
    print(f"{len(texts):,} {what}")
    ours = speed("kmsgen", by_kmsgen, texts)
    if not isinstance(theirs, str):
        pairs = zip(ours, speed("parliament", theirs, texts), strict=True)
        unseen, again = (mine / other for mine, other in pairs)
        print(f"    {unseen:.1f} times as many as parliament, {again:.1f} times again")


def main() -> None:
    """Measure and print."""
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    for count in MANY:  # before anything else: a child begins with as much memory as this process has
        print(f"SARIF of {count:,} keys: at most {peak(count):.0f} MB")
    theirs = by_parliament()
    if isinstance(theirs, str):
        print(theirs)
    against("keys that kmsgen compiled", list(compiled(KEYS)), theirs)
    if corpus.is_dir():
        against("policies that others wrote", list(readable(corpus)), theirs)
    else:
        print(f"there are no policies in {corpus}: give the folder that has `policies/`")


if __name__ == "__main__":
    main()
