"""What each way of starting kmsgen imports; `python -m tests.cli.imports` writes `imports.yaml` anew, to be looked at.

Of kmsgen every module counts; of other packages the package; of Python itself what takes long or has no place in a start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

DATA = Path(__file__).with_name("imports.yaml")
ROOT = DATA.parents[2]
BLUEPRINT = """\
version: 1
accounts: {own: "111122223333"}
keys:
  orders: {account: own, region: eu-west-1, admins: [role/Admin], users: [role/App]}
"""
POLICY = """\
{"Version": "2012-10-17", "Statement": {
  "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}, "Action": "kms:*", "Resource": "*"
}}
"""
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "generate": ["generate", "orders.yaml"],
    "check": ["check", "policy.json"],
}
SLOW = frozenset(
    """
    asyncio concurrent ctypes decimal doctest email hashlib http logging multiprocessing pickle pydoc socket sqlite3 ssl
    statistics tempfile tomllib unittest xml zipfile
""".split()
)
"""The modules of Python's own library that are looked out for."""
_NOT_OURS = frozenset(
    """
    __editable__ __main__ _distutils_hack _virtualenv sitecustomize usercustomize
    annotated_doc click colorama cython_runtime shellingham typing_extensions
""".split()
)
"""What an environment loads by itself, and what typer and PyYAML bring along, version by version."""
_RULES = "kmsgen.analysis.rules"
_PROGRAM = """
import json, sys
sys.argv = ["kmsgen", *json.loads(sys.argv[1])]
before = set(sys.modules)
try:
    from kmsgen.__main__ import main
    main()
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(set(sys.modules) - before)))
"""


def imported(command: list[str], folder: Path) -> list[str]:
    """What a command imports, sorted; it runs in a folder of its own."""
    (folder / "orders.yaml").write_text(BLUEPRINT)
    (folder / "policy.json").write_text(POLICY)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(command)],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted({one for name in json.loads(done.stdout.splitlines()[-1]) if (one := _counted(name))})


def _counted(name: str) -> str | None:
    if name.startswith(_RULES):
        return _RULES  # a rule more is no matter
    top = name.partition(".")[0]
    if top == "kmsgen":
        return name
    if top in sys.stdlib_module_names:
        return top if top in SLOW else None
    # Parts of packages that are compiled stand beside them, with an underscore.
    return None if top.startswith("_") or top in _NOT_OURS else top


def main() -> None:
    """Write what is imported now."""
    with tempfile.TemporaryDirectory() as folder:
        found = {name: imported(command, Path(folder)) for name, command in COMMANDS.items()}
    head = "# What each way of starting kmsgen imports: made by `python -m tests.cli.imports`.\n"
    DATA.write_text(head + yaml.safe_dump(found, sort_keys=False))


if __name__ == "__main__":
    main()
