"""What a statement of a service costs to compile, against one of a role: `python -m benchmarks.compiling`.

Every service is used as its first documented case uses it, every role by a key that it fits. What is measured is the
key with the entry less the key without it, divided by the statements that the entry makes; the median of several runs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.errors import Problems
from kmsgen.templates import Library

CASES = Path(__file__).parents[1] / "tests" / "services" / "cases"
RUNS = 15
KEY: dict[str, Any] = {"account": "own", "region": "eu-west-1", "admins": ["role/Admin"]}


def document(key: dict[str, Any]) -> str:
    """A blueprint with one key."""
    accounts = {"own": "111122223333", "other": "444455556666"}
    whole = {"version": 1, "organization": "o-a1b2c3d4e5", "accounts": accounts, "keys": {"key": {**KEY, **key}}}
    return yaml.safe_dump(whole)


def compiled(text: str, library: Library) -> tuple[float, int]:
    """Seconds that compiling takes, reading the blueprint left out, and the statements made."""
    problems, times, made = Problems(), [], 0
    (blueprint,) = parse(text, "x.yaml", str, problems)
    for _ in range(RUNS):
        before = time.process_time()
        bundle = compile_blueprint(blueprint, library, problems, name="x", source="x")
        times.append(time.process_time() - before)
        made = len(bundle.keys[0].policy.statements) if bundle.keys else 0
    return statistics.median(times), made


def costs(keys: dict[str, dict[str, Any]], library: Library) -> Iterator[tuple[str, float]]:
    """Microseconds a statement, by name."""
    for name, key in keys.items():
        base = {part: value for part, value in key.items() if part not in ("services", "measured")}
        whole = {**base, **({"services": key["services"]} if "services" in key else {"users": key["measured"]})}
        without, few = compiled(document(base), library)
        taken, many = compiled(document(whole), library)
        if few and many > few:
            yield name, (taken - without) / (many - few) * 1e6


def services() -> dict[str, dict[str, Any]]:
    """A key for every service, by its first case."""
    found = {}
    for path in sorted(CASES.glob("*.yaml")):
        case = next(iter(yaml.safe_load(path.read_text()).values()))
        key = {**case.get("key", {}), "services": [case["entry"]]}
        found[path.stem] = {**key, **({"users": case["users"]} if "users" in case else {})}
    return found


def main() -> None:
    """Measure and print."""
    library = Library()
    usable = [one.name for one in library.all("roles") if not one.usage or "ENCRYPT_DECRYPT" in one.usage]
    roles: dict[str, dict[str, Any]] = {
        name: {"measured": [{"principal": "role/App", "can": name, "when": {"via": "s3"}}]} for name in usable
    }
    by_role, by_service = dict(costs(roles, library)), dict(costs(services(), library))
    role, service = statistics.median(by_role.values()), statistics.median(by_service.values())
    print(f"a role's statement: {role:.0f} µs (median of {len(by_role)}, up to {max(by_role.values()):.0f})")
    print(f"a service's statement: {service:.0f} µs (median of {len(by_service)}), {service / role:.2f} times a role's")
    within = sum(cost <= max(by_role.values()) for cost in by_service.values())
    print(f"  {within} of {len(by_service)} cost no more than the dearest role; the dearest services:")
    for name, cost in sorted(by_service.items(), key=lambda item: -item[1])[:6]:
        print(f"    {name}: {cost:.0f} µs, {cost / role:.1f} times a role's")


if __name__ == "__main__":
    main()
