"""The floor under `generate`: the same files read with PyYAML's C loader, the same JSON written, and nothing between.

Run as `python -m benchmarks.peers.floor BLUEPRINTS OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from benchmarks.estate import policy, text_of


def build(blueprints: Path, out: Path) -> None:
    """Write the policies of every key in a folder of blueprints."""
    for path in sorted(blueprints.rglob("*.yaml")):
        with path.open("rb") as file:
            document = yaml.load(file, yaml.CSafeLoader)
        folder = out / path.stem
        folder.mkdir(parents=True)
        for name in document["keys"]:
            (folder / f"{name}.json").write_text(text_of(policy(name)), encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
