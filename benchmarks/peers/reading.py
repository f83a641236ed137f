"""The floor under `diff`: both sides loaded, and nothing compared.

Run as `python -m benchmarks.peers.reading SOURCE SOURCE`.
"""

from __future__ import annotations

import sys

from kmsgen.sources import load

if __name__ == "__main__":
    sides = [load(source) for source in sys.argv[1:]]
    print(*(len(side.keys) for side in sides))
