"""An entry put into the text of a blueprint, wherever the key's list is and however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.sources import Options, load
from kmsgen.sources.editing import Edited, edited, with_entry

HEAD = 'version: 1\ndefaults: {account: "111122223333", region: eu-west-1, admins: [role/Admin]}\n'
BLOCK, FLOW = ("- principal: role/New", "  can: decrypt"), "{principal: role/New, can: decrypt}"


def put(keys: str, line: int, head: str = HEAD) -> tuple[str, str] | None:
    found = with_entry(f"{head}keys:\n{keys}", line, "users", BLOCK, FLOW)
    return None if found is None else (found[0].removeprefix(f"{head}keys:\n"), found[1])


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "  k:\n    users:\n      - role/App  # first\n",
            (
                "  k:\n    users:\n      - principal: role/New\n        can: decrypt\n      - role/App  # first\n",
                "users",
            ),
        ),
        (
            "  k:\n    users:\n    - role/App\n",
            ("  k:\n    users:\n    - principal: role/New\n      can: decrypt\n    - role/App\n", "users"),
        ),
        ("  k:\n    users: [role/App]\n", (f"  k:\n    users: [{FLOW}, role/App]\n", "users")),
        ("  k:\n    users: []\n", (f"  k:\n    users: [{FLOW}]\n", "users")),
        ("  k: {users: [role/App]}\n", (f"  k: {{users: [{FLOW}, role/App]}}\n", "users")),
        ("  k: {enabled: true}\n", (f'  k: {{"users": [{FLOW}], enabled: true}}\n', "users")),
        ("  k: {}\n", (f'  k: {{"users": [{FLOW}]}}\n', "users")),
        (
            "  k:\n    enabled: true\n",
            ("  k:\n    users:\n      - principal: role/New\n        can: decrypt\n    enabled: true\n", "users"),
        ),
        ("  k:\n", ("  k:\n    users:\n      - principal: role/New\n        can: decrypt\n", "users")),
        ("  k:\n    +users: [role/App]\n", (f"  k:\n    +users: [{FLOW}, role/App]\n", "+users")),
        ("  k:\n    users: role/App\n", None),
        ("  k: ~\n", None),
    ],
)
def test_an_entry_is_put_where_the_key_has_its_list(keys: str, expected: tuple[str, str] | None) -> None:
    assert put(keys, 4) == expected


def test_a_list_that_defaults_may_give_is_added_to_and_not_replaced() -> None:
    head = HEAD.replace("admins", "users: [role/App], admins")
    assert put("  k: {}\n", 4, head) == (f'  k: {{"+users": [{FLOW}]}}\n', "+users")


def test_text_that_is_no_blueprint_or_has_no_key_there_takes_no_entry() -> None:
    assert put("  k: {}\n", 5) is None
    assert with_entry("keys: [", 1, "users", BLOCK, FLOW) is None
    assert with_entry("[]", 1, "users", BLOCK, FLOW) is None


def made(path: Path, text: str, name: str, flow: str = FLOW) -> Edited | KmsgenError | None:
    path.write_text(text)
    key = next(key for key in load(str(path)).keys if key.name == name)
    found = edited(key, "users", BLOCK, flow, Options())
    assert path.read_text() == text
    return found


def test_only_the_key_that_gets_the_entry_changes(tmp_path: Path) -> None:
    found = made(tmp_path / "x.yaml", f"{HEAD}keys:\n  a: {{}}\n  b: {{}}\n", "b")
    assert isinstance(found, Edited)
    assert (found.key.name, found.field, found.others) == ("b", "users", ())


def test_the_other_keys_that_one_text_makes_are_told(tmp_path: Path) -> None:
    found = made(tmp_path / "x.yaml", f"{HEAD}keys:\n  k:\n    for_each: [eu, us]\n    enabled: true\n", "k-us")
    assert isinstance(found, Edited)
    assert (found.key.name, found.others) == ("k-us", ("k-eu",))


def test_what_the_compiler_refuses_is_an_error_as_a_value(tmp_path: Path) -> None:
    found = made(tmp_path / "x.yaml", f"{HEAD}keys:\n  k: {{}}\n", "k", "{principal: role/New, can: nothing}")
    assert isinstance(found, KmsgenError)


def test_a_key_of_no_blueprint_takes_no_entry(tmp_path: Path) -> None:
    (tmp_path / "k.json").write_text('{"Statement": []}')
    (key,) = load(str(tmp_path / "k.json")).keys
    assert edited(key, "users", BLOCK, FLOW, Options()) is None
