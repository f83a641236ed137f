"""The floor under `diff`: the keys of both sides read, one after the other, and nothing held or compared.

Run as `python -m benchmarks.peers.reading SOURCE SOURCE`.
"""

from __future__ import annotations

import sys

from kmsgen.cli.collector import seldom
from kmsgen.sources import batches


def read(source: str) -> int:
    """How many keys there are."""
    return sum(len(batch().keys) for batch in batches(source))


if __name__ == "__main__":
    with seldom():
        print(*map(read, sys.argv[1:]))
