"""Everything there is to measure, in one table: `python -m benchmarks [--only PART] [--keys N] [--json FILE]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import diffing, generating, linting, starting
from benchmarks.measure import ROOT, python
from benchmarks.semantics import DEFAULT
from benchmarks.settings import Part, Settings
from benchmarks.table import Row, document, text

PARTS: dict[str, Part] = {
    "start": starting.measure,
    "generate": generating.measure,
    "check": linting.measure,
    "diff": diffing.measure,
}
SHOWN = ROOT / "benchmarks" / "results" / "last.json"
FOREIGN = ("semantics", "checking")
"""What is measured on policies that others wrote, and printed below the table."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure kmsgen.")
    parser.add_argument("--only", action="append", choices=[*PARTS, "others"], help="one part; repeatable")
    parser.add_argument("--keys", type=int, default=10_000, help="the most keys (10000)")
    parser.add_argument("--rounds", type=int, default=9, help="how often everything runs; less often where it is long")
    parser.add_argument("--json", type=Path, default=SHOWN, metavar="FILE", help="where the table is written as JSON")
    parser.add_argument("--node-modules", type=Path, metavar="DIR", help="the node_modules in which aws-cdk-lib is")
    parser.add_argument("--corpus", type=Path, default=DEFAULT, metavar="DIR", help="policies that others wrote")
    parser.add_argument("--in", type=Path, dest="place", metavar="DIR", help="where the measured files are put")
    return parser.parse_args()


def main() -> None:
    """Measure, print and write."""
    asked = _arguments()
    chosen = asked.only or [*PARTS, "others"]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=asked.place and asked.place.resolve()) as place:
        modules = asked.node_modules.resolve() if asked.node_modules else None
        settings = Settings(asked.keys, asked.rounds, Path(place), modules)
        for name in PARTS:
            if name in chosen:
                print(f"measuring {name} …", file=sys.stderr)
                rows += PARTS[name](settings)
    if rows:
        print(text(rows), end="")
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(document(rows, settings.left_out), encoding="utf-8")
    for said in settings.left_out:
        print(said)
    if "others" in chosen:
        _others(asked.corpus)


def _others(corpus: Path) -> None:
    modules: list[tuple[str, ...]] = [("compiling",)]
    if corpus.is_dir():
        modules += [(name, str(corpus)) for name in FOREIGN]
    else:
        print(f"there are no policies that others wrote in {corpus}: `--corpus` leads to a folder that has `policies/`")
    for module, *arguments in modules:
        print(flush=True)
        subprocess.run(python("-m", f"benchmarks.{module}", *arguments), cwd=ROOT, check=False)


if __name__ == "__main__":
    main()
