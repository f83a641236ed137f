"""`kmsgen init`: by question, by flags, from keys that exist; what it writes generates and checks clean."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kmsgen.cli.init import SCHEMA
from tests.blueprint.test_schema import refusals
from tests.conftest import Kmsgen
from tests.support import ROOT
from tests.terminal import Terminal

ANSWERS = {
    "account": "111122223333",
    "region": "eu-west-1",
    "key": "app",
    "admin": "role/Admins",
    "user": "role/App",
}
ORDERS = ROOT / "docs" / "examples" / "orders.json"


def flags(**changed: str) -> list[str]:
    return [part for name, value in {**ANSWERS, **changed}.items() for part in (f"--{name}", value)]


def test_what_it_writes_generates_and_checks_without_a_finding(kmsgen: Kmsgen, tmp_path: Path) -> None:
    ran = kmsgen("init", *flags())
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "wrote blueprints/keys.yaml",
        "wrote blueprints/.kmsgen-schema.json, which tells editors what may stand in blueprints",
        "next:",
        "  kmsgen explain blueprints/keys.yaml    # who can do what with it",
        "  kmsgen check blueprints/keys.yaml      # what is wrong with it",
        "  kmsgen generate blueprints/keys.yaml   # its policy, into out/",
    ]
    for line in ran.err.splitlines()[3:]:
        assert kmsgen(*line.split("#")[0].split()[1:]).code == 0
    checked = json.loads(kmsgen("check", "--format", "json").out)
    assert checked["findings"] == []
    assert kmsgen("check", "blueprints").out == "1 key: nothing found\n"  # the schema beside it is no policy
    assert kmsgen("generate", "-f", "json", "-f", "terraform", "-f", "cloudformation").code == 0


def test_editors_find_the_schema_beside_it_and_find_nothing_wrong(kmsgen: Kmsgen, tmp_path: Path) -> None:
    assert kmsgen("init", *flags()).code == 0
    text = (tmp_path / "blueprints" / "keys.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=.kmsgen-schema.json\nversion: 1\n")
    assert refusals(yaml.safe_load(text)) == []
    schema = (tmp_path / "blueprints" / SCHEMA).read_text()
    assert schema == kmsgen("schema").out


@pytest.mark.parametrize("name", ["no", "Yes", "null", "1e5", "012", "0x1f", "2026-01-01", "on"])
def test_a_name_that_yaml_takes_for_something_else_stands_in_quotes(kmsgen: Kmsgen, tmp_path: Path, name: str) -> None:
    assert kmsgen("init", *flags(key=name)).code == 0
    assert f'  "{name}":\n' in (tmp_path / "blueprints" / "keys.yaml").read_text()
    assert kmsgen("generate").code == 0
    assert (tmp_path / "out" / "json" / "keys" / f"{name}.json").exists()
    assert kmsgen("check").out == "1 key: nothing found\n"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"account": "1234"},
            ["error: `--account`: `1234` is not twelve digits", "  hint: write it like 111122223333"],
        ),
        ({"region": "eu-wst-1"}, ["error: `--region`: `eu-wst-1` is no Region", "  hint: did you mean `eu-west-1`?"]),
        ({"region": "europe"}, ["error: `--region`: `europe` is no Region", "  hint: write it like eu-west-1"]),
        (
            {"admin": "group/Admins"},
            [
                "error: `--admin`: IAM groups cannot be principals: KMS does not know who is in one: `group/Admins`",
                "  hint: name the role that its members take on",
            ],
        ),
        (
            {"admin": "444455556666/role/Admins"},
            [
                "error: `--admin`: `444455556666/role/Admins` is of another account",
                "  hint: KMS lets nobody in another account manage a key",
            ],
        ),
        (
            {"key": "a b", "user": "root"},
            [
                "error: `--key`: `a b` cannot be the name of a key",
                "  hint: letters, digits, `-` and `_`: it becomes part of file names",
                "error: `--user`: `root` is a whole account, not a principal of its own",
                "  hint: name a role: role/NAME",
            ],
        ),
        (
            {"region": "mars", "admin": "group/Admins", "user": "arn:aws-cn:iam::111122223333:role/App"},
            [
                "error: `--region`: `mars` is no Region",
                "  hint: write it like eu-west-1",
                "error: `--admin`: IAM groups cannot be principals: KMS does not know who is in one: `group/Admins`",
                "  hint: name the role that its members take on",
            ],
        ),
    ],
    ids=str,
)
def test_answers_that_will_not_do_are_told_by_their_flag(
    kmsgen: Kmsgen, tmp_path: Path, changed: dict[str, str], told: list[str]
) -> None:
    ran = kmsgen("init", *flags(**changed))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[:-1] == told
    assert not (tmp_path / "blueprints").exists()


@pytest.mark.parametrize("admin", ["service-linked/autoscaling", "session/Admin/me"])
def test_an_admin_who_could_not_change_the_policy_is_refused_without_a_file_that_is_not_there(
    kmsgen: Kmsgen, tmp_path: Path, admin: str
) -> None:
    ran = kmsgen("init", *flags(admin=admin))
    assert ran.code in (0, 2)
    assert ("keys.yaml:" in ran.err) is False
    assert (tmp_path / "blueprints").exists() is (ran.code == 0)


def test_what_check_says_of_the_answers_is_said_at_once(kmsgen: Kmsgen) -> None:
    ran = kmsgen("init", *flags(user="user/bob"))
    assert ran.code == 0
    (said,) = [line for line in ran.err.splitlines() if line.startswith("`kmsgen check` says")]
    assert re.search(r"KMS\d{3} \((note|warning)\): .*user/bob", said)


def test_a_file_that_is_there_stays(kmsgen: Kmsgen, tmp_path: Path) -> None:
    assert kmsgen("init", *flags()).code == 0
    before = (tmp_path / "blueprints" / "keys.yaml").read_text()
    again = kmsgen("init", *flags(key="other"))
    assert again.code == 2
    assert "error: `blueprints/keys.yaml` is there already\n  hint: name another file" in again.err
    assert (tmp_path / "blueprints" / "keys.yaml").read_text() == before
    assert kmsgen("init", "blueprints/more.yaml", *flags(key="other")).code == 0


def test_a_schema_of_somebody_else_stays_and_an_older_one_is_renewed(kmsgen: Kmsgen, tmp_path: Path) -> None:
    schema = tmp_path / SCHEMA
    schema.write_text("{}\n")
    ran = kmsgen("init", "a.yaml", *flags())
    assert "warning: `.kmsgen-schema.json` is no schema of kmsgen; it is left alone" in ran.err
    assert schema.read_text() == "{}\n"
    schema.write_text('{\n"$comment": "Generated by `kmsgen schema`.",\n"old": 1}\n')
    assert kmsgen("init", "b.yaml", *flags()).code == 0
    assert '"old"' not in schema.read_text()


def test_with_nobody_to_ask_all_that_is_missing_is_told(kmsgen: Kmsgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    ran = kmsgen("init", "--region", "eu-west-1", "--key", "a")
    assert ran.code == 2
    assert re.findall(r"hint: (.*)", ran.err) == [
        "give `--account`",
        "give `--admin`, as `--admin role/KeyAdmins`",
        "give `--user`, as `--user role/App`",
    ]


def test_it_never_waits_where_standard_input_is_no_terminal(tmp_path: Path) -> None:
    reading, writing = os.pipe()  # nobody ever writes to it
    try:
        command = [sys.executable, "-m", "kmsgen", "init"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, stdin=reading, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=30
        )
    finally:
        os.close(reading)
        os.close(writing)
    assert done.returncode == 2
    assert "there is nobody to ask for `account`" in done.stderr


def test_from_keys_that_exist(kmsgen: Kmsgen, tmp_path: Path) -> None:
    where = ("--account", "111122223333", "--region", "eu-west-1")
    ran = kmsgen("init", "--from", str(ORDERS), *where)
    assert (ran.code, ran.out) == (0, "")
    assert "1 key, each proved: the blueprint means the same" in ran.err
    assert "\n`kmsgen import --tighten` would take 1 thing away\n" in ran.err
    text = (tmp_path / "blueprints" / "keys.yaml").read_text()
    line, _, rest = text.partition("\n")
    assert line == "# yaml-language-server: $schema=.kmsgen-schema.json"
    assert rest == kmsgen("import", str(ORDERS), *where).out
    assert refusals(yaml.safe_load(text)) == []
    (diff,) = re.findall(r"^  kmsgen (diff .*?) +# that nothing changes$", ran.err, re.MULTILINE)
    assert kmsgen(*diff.split()).code == 0
    assert kmsgen("generate").code == 0


def test_from_several_kinds_of_sources(kmsgen: Kmsgen, tmp_path: Path) -> None:
    template = ROOT / "out" / "cloudformation" / "break-glass.yaml"
    assert (
        kmsgen("init", "a.yaml", "--from", str(template), "--from", str(ROOT / "out" / "json" / "govcloud")).code == 0
    )
    assert len(yaml.safe_load((tmp_path / "a.yaml").read_text())["keys"]) == 2


def test_from_nothing_and_from_keys_with_answers_are_refused(kmsgen: Kmsgen, tmp_path: Path) -> None:
    nowhere = kmsgen("init", "--from", "nowhere")
    assert nowhere.code == 2
    assert "there is no file or folder `nowhere`" in nowhere.err
    both = kmsgen("init", "--from", str(ORDERS), "--admin", "role/A", "--key", "a")
    assert both.code == 2
    assert "the keys of `--from` bring what `--key`, `--admin` would say" in both.err
    assert kmsgen("init", "--from", str(ORDERS), "--account", "12").code == 2
    assert not (tmp_path / "blueprints").exists()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(tmp_path, sys.executable, "-m", "kmsgen", "init") as one:
        yield one


def test_at_a_terminal_it_asks_and_asks_again(terminal: Terminal, kmsgen: Kmsgen, tmp_path: Path) -> None:
    terminal.until("The key's account, twelve digits: ")
    terminal.type("1234\n")
    terminal.until("`1234` is not twelve digits; write it like 111122223333")
    terminal.until("The key's account, twelve digits: ")
    terminal.type("111122223333\n")
    terminal.until("Its Region [eu-west-1]: ")
    terminal.type("\n")
    terminal.until("What the key is called [app-data]: ")
    terminal.type("vault\n")
    terminal.until("Who manages it [role/KeyAdmins]: ")
    terminal.type("group/Admins\n")
    terminal.until("name the role that its members take on")
    terminal.until("Who manages it [role/KeyAdmins]: ")
    terminal.type("\n")
    terminal.until("Who uses it [role/App]: ")
    terminal.type("role/Mine\n")
    assert terminal.left() == 0
    assert "wrote blueprints/keys.yaml" in terminal.shown
    keys = yaml.safe_load((tmp_path / "blueprints" / "keys.yaml").read_text())["keys"]
    assert keys["vault"]["users"] == ["role/Mine"]
    assert kmsgen("check").out == "1 key: nothing found\n"


def test_who_ends_the_questions_gets_no_file(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("The key's account, twelve digits: ")
    terminal.type("\x04")
    assert terminal.left() == 2
    assert "error: nothing was said of `account`" in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_who_interrupts_the_questions_gets_no_file(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("The key's account, twelve digits: ")
    terminal.type("\x03")
    assert terminal.left() == 130
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []
