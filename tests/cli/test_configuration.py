"""What a configuration says: where it is found, what it fills, what goes over it, and how its mistakes are told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from kmsgen.cli import app, configuration
from kmsgen.cli.configuration import load
from kmsgen.cli.settings import SETTINGS, variable
from kmsgen.cli.toml_places import Places
from kmsgen.errors import KmsgenError
from tests.conftest import BLUEPRINT, Kmsgen
from tests.support import ROOT

WARNED = BLUEPRINT.replace("users:", "rotation: false, users:")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KMSGEN_CONFIG", *map(variable, SETTINGS)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path: Path, blueprint: Path) -> Path:
    """A git repository with a blueprint, and a folder below it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "below").mkdir()
    return tmp_path


def test_every_setting_fills_a_parameter_that_its_commands_have() -> None:
    commands = typer.main.get_group(app).commands
    for name, setting in SETTINGS.items():
        for command, parameter in setting.parameters.items():
            options = {one.name: one for one in commands[command].params}
            assert parameter in options, (name, command)
            if setting.flag:  # else no flag could go over a file that says true
                assert options[parameter].secondary_opts, (name, command)


def test_a_setting_and_its_variable_are_in_the_documentation() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| `(KMSGEN_\w+)` \| (.*?) \|", page, re.MULTILINE)
    listed = [(name, variable(name), ", ".join(f"`{one}`" for one in SETTINGS[name].parameters)) for name in SETTINGS]
    assert rows == listed


def test_a_file_says_what_flags_do_not(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "kmsgen.toml").write_text('formats = ["terraform-json"]\nout = "made"\nemit = "policy"\n')
    assert kmsgen("generate").err == "made: 1 written, 0 unchanged, 0 removed\n"
    assert (repository / "made" / "terraform-json" / "orders" / "main.tf.json").is_file()
    assert kmsgen("generate", "--out", "other", "-f", "json").code == 0
    assert (repository / "other" / "json" / "orders" / "orders.json").is_file()


def test_paths_are_relative_to_the_file_wherever_the_command_runs(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "kmsgen.toml").write_text('paths = ["blueprints"]\nout = "made"\n')
    assert kmsgen("generate", cwd=repository / "below").err == "../made: 1 written, 0 unchanged, 0 removed\n"
    assert kmsgen("generate", "--check").code == 0
    assert "../blueprints/orders.yaml" in kmsgen("explain", cwd=repository / "below").out


def test_templates_of_the_file_are_found_from_any_folder(kmsgen: Kmsgen, repository: Path) -> None:
    roles = repository / "policies" / "roles"
    roles.mkdir(parents=True)
    shipped = (ROOT / "templates" / "roles" / "decrypt.yaml").read_text()
    (roles / "reader.yaml").write_text(shipped)
    (repository / "kmsgen.toml").write_text('templates = ["policies"]\n')
    assert kmsgen("catalog", "roles", "reader", cwd=repository / "below").code == 0
    assert "no role is called or says `reader`" in kmsgen("--config", "/dev/null", "catalog", "roles", "reader").err


def test_no_configuration_at_all_is_asked_for_by_the_empty_file(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "kmsgen.toml").write_text('paths = ["elsewhere"]\n')
    assert kmsgen("explain").code == 2
    assert kmsgen("--config", "/dev/null", "explain").code == 0
    assert "the configuration is nowhere" in kmsgen("--verbose", "--config", "/dev/null", "explain").err


def test_a_configuration_far_away_is_named_from_the_top(kmsgen: Kmsgen, repository: Path) -> None:
    assert kmsgen("--config", "/no/such.toml", "explain", cwd=repository / "below").err == (
        "error: there is no file `/no/such.toml`\n1 problem\n"
    )


def test_variables_go_over_the_file_and_flags_over_both(
    kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "kmsgen.toml").write_text('out = "of-file"\ncompanion = true\nselect = ["KMS1"]\n')
    assert kmsgen("generate").err.startswith("of-file: ")
    monkeypatch.setenv("KMSGEN_OUT", "of-variable")
    monkeypatch.setenv("KMSGEN_FORMATS", "json, terraform")
    assert kmsgen("generate").err == "of-variable: 2 written, 0 unchanged, 0 removed\n"
    assert kmsgen("generate", "--out", "of-flag", "--no-companion").err.startswith("of-flag: ")


def test_no_flag_is_needed_to_take_companion_back(
    kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "blueprints" / "orders.yaml").write_text(
        'version: 1\naccounts: {own: "111122223333", other: "444455556666"}\n'
        "defaults: {account: own, region: eu-west-1, admins: [role/Admin]}\n"
        "keys:\n  orders: {aliases: [orders], users: [other/role/App]}\n"
    )
    (repository / "kmsgen.toml").write_text("companion = true\n")
    companions = repository / "out" / "json" / "orders"
    assert kmsgen("generate").code == 0
    with_it = len(list(companions.iterdir()))
    assert kmsgen("generate", "--no-companion").code == 0
    assert len(list(companions.iterdir())) == with_it - 1
    monkeypatch.setenv("KMSGEN_COMPANION", "off")
    assert kmsgen("generate", "--check").code == 0


def test_diff_takes_the_one_path_of_the_file_and_asks_which_of_several(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "old.yaml").write_text(BLUEPRINT)
    (repository / "kmsgen.toml").write_text('paths = ["blueprints/orders.yaml"]\n')
    assert kmsgen("diff", "--current", "../old.yaml", cwd=repository / "below").code == 0
    (repository / "kmsgen.toml").write_text('paths = ["blueprints/orders.yaml", "old.yaml"]\n')
    ran = kmsgen("diff", "--current", "old.yaml")
    assert (ran.code, "compares one PLANNED with one SOURCE, not 2" in ran.err) == (2, True)
    assert kmsgen("diff", "blueprints", "--current", "old.yaml").code == 0


def test_an_empty_variable_says_nothing(kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KMSGEN_OUT", "")
    assert kmsgen("generate").err.startswith("out: ")


def test_the_file_decides_what_check_fails_on(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "blueprints" / "orders.yaml").write_text(WARNED)
    warned = kmsgen("check")
    assert (warned.code, "warning" in warned.out) == (1, True)
    (repository / "kmsgen.toml").write_text('severity = "error"\n')
    assert kmsgen("check").code == 0
    code = re.findall(r"\[(KMS\d+) ", warned.out)
    (repository / "kmsgen.toml").write_text(f"ignore = {code!r}\n")
    assert kmsgen("check").code == 0


def test_guardrails_of_the_file_are_proved_wherever_the_command_runs(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "rails.yaml").write_text("version: 1\nguardrails:\n  idle: {reason: r, never: {do: use}}\n")
    assert kmsgen("check", "../blueprints", cwd=repository / "below").code == 0
    (repository / "kmsgen.toml").write_text('paths = ["blueprints"]\nguardrails = ["rails.yaml"]\n')
    ran = kmsgen("check", cwd=repository / "below")
    assert (ran.code, "idle" in ran.out) == (1, True)


def test_the_nearest_file_counts_and_in_one_folder_kmsgen_toml(
    kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {
        repository / "pyproject.toml": '[tool.kmsgen]\ncaller = "a"\n',
        repository / "kmsgen.toml": 'caller = "b"\n',
        repository / "below" / "pyproject.toml": '[project]\nname = "kmsgen-keys"\n',
        repository / "below" / "deep" / "pyproject.toml": '[tool]\nkmsgen.caller = "c"\n',
    }
    (repository / "below" / "deep").mkdir()
    found = {}
    for file, text in said.items():
        file.write_text(text)
        monkeypatch.chdir(repository / "below" / "deep")
        found[file.relative_to(repository).as_posix()] = load("check", {}).values["caller"].value
    assert found == {
        "pyproject.toml": "a",
        "kmsgen.toml": "b",
        "below/pyproject.toml": "b",
        "below/deep/pyproject.toml": "c",
    }


def test_nothing_above_the_repository_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kmsgen.toml").write_text('caller = "a"\n')
    inside = tmp_path / "repository"
    (inside / ".git").mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert load("check", {}).values == {}


def test_outside_of_a_repository_only_the_folder_itself_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kmsgen.toml").write_text('caller = "a"\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert load("check", {}).values == {}
    monkeypatch.chdir(tmp_path)
    assert load("check", {}).values["caller"].value == "a"


def test_a_file_can_be_named(kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "kmsgen.toml").write_text('out = "found"\n')
    (repository / "below" / "ci.toml").write_text('out = "named"\n')
    assert kmsgen("--config", "below/ci.toml", "generate").err.startswith("below/named: ")
    monkeypatch.setenv("KMSGEN_CONFIG", "below/ci.toml")
    assert kmsgen("generate").err.startswith("below/named: ")
    ran = kmsgen("--config", "nowhere.toml", "generate")
    assert (ran.code, ran.err) == (2, "error: there is no file `nowhere.toml`\n1 problem; nothing was written\n")


MISTAKES = """\
# what is wrong with each line
severty = "error"
formats = "json"
companion = "true"
account = 111122223333
paths = [
  "blueprints",
  "blueprnts",
]
emit = 'polcy'
select = ["duplicat-sid"]
ignore = ["KMS421", 5]
caller = ""
[templates]
"""


def test_every_mistake_is_told_at_its_place_with_what_to_write(kmsgen: Kmsgen, repository: Path) -> None:
    (repository / "kmsgen.toml").write_text(MISTAKES)
    ran = kmsgen("check")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == """\
error: kmsgen.toml:2:1: unknown setting `severty`
    2 | severty = "error"
      | ^^^^^^^
  hint: did you mean `severity`?
error: kmsgen.toml:3:1: `formats` is a list of strings, not a string
    3 | formats = "json"
      | ^^^^^^^
  hint: write `formats = ["json"]`
error: kmsgen.toml:4:1: `companion` is `true` or `false`, not a string
    4 | companion = "true"
      | ^^^^^^^^^
  hint: write `companion = true`
error: kmsgen.toml:5:1: `account` is a string, not an integer
    5 | account = 111122223333
      | ^^^^^^^
  hint: write `account = "111122223333"`
error: kmsgen.toml:8:3: there is no file or folder `blueprnts`
    8 |   "blueprnts",
      |   ^^^^^^^^^^^
  hint: paths are relative to the folder of `kmsgen.toml`
error: kmsgen.toml:10:8: `emit` knows `key`, `policy`, not `polcy`
   10 | emit = 'polcy'
      |        ^^^^^^^
  hint: did you mean `policy`?
error: kmsgen.toml:11:11: unknown rule `duplicat-sid`
   11 | select = ["duplicat-sid"]
      |           ^^^^^^^^^^^^^^
  hint: did you mean `duplicate-sid`?
error: kmsgen.toml:12:1: `ignore` is a list of strings, and not every item is one
   12 | ignore = ["KMS421", 5]
      | ^^^^^^
error: kmsgen.toml:13:10: `caller` has an empty text
   13 | caller = ""
      |          ^^
  hint: leave it away, or say what it is
error: kmsgen.toml:14:2: `templates` is a list of strings, not a table
   14 | [templates]
      |  ^^^^^^^^^
10 problems
"""
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("paths = [\n", "kmsgen.toml:2:1: not valid TOML: invalid value"),
        ('out = "a"\nout = "b"\n', "kmsgen.toml:2:10: not valid TOML: cannot overwrite a value"),
        ("out = x\n", "kmsgen.toml:1:7: not valid TOML: invalid value"),
    ],
)
def test_text_that_is_no_toml_is_told_at_its_place(
    repository: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (repository / "kmsgen.toml").write_text(text)
    monkeypatch.chdir(repository)
    with pytest.raises(KmsgenError) as caught:
        load("check", {})
    assert [str(one) for one in caught.value.problems] == [told]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[project]\nname = "x"\n[tool.kmsgen]\nseverty = "error"\n', "4:1"),
        ('[tool]\nkmsgen.severty = "error"\n', "2:8"),
        ('[tool]\nkmsgen = {severty = "error"}\n', "2:11"),
        ('[tool.other]\nnote = """\nseverty = 1\n"""\nseverty = 2\n[tool.kmsgen]\n"severty" = "error"\n', "7:2"),
        ("[tool.kmsgen.severty]\na = 1\n", "1:14"),
        ('[tool]\nkmsgen = "severty"\n', "2:1"),
    ],
)
def test_a_key_of_pyproject_is_found_however_its_table_is_written(
    repository: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    (repository / "pyproject.toml").write_text(text)
    monkeypatch.chdir(repository)
    with pytest.raises(KmsgenError) as caught:
        load("check", {})
    (problem,) = caught.value.problems
    assert str(problem.at) == f"pyproject.toml:{place}"


def test_another_pyproject_is_not_even_read_as_toml(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "pyproject.toml").write_text("[project\n")
    monkeypatch.chdir(repository)
    assert load("check", {}).values == {}


def test_places_are_not_looked_for_where_nothing_is_wrong(
    kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Places, "_measured", measured)
    (repository / "kmsgen.toml").write_text('paths = ["blueprints"]\nout = "made"\nignore = ["KMS421"]\n')
    assert kmsgen("--verbose", "check").code == 0


def test_places_know_windows_lines() -> None:
    text = 'paths = [\r\n  "a",\r\n  "b",\r\n]\r\nout = "b"\r\n'
    places = Places(text, "kmsgen.toml", ())
    assert (str(places.item("paths", "b")), places.item("paths", "b").text) == ("kmsgen.toml:3:3", '  "b",')
    assert str(places.item("out", "b")) == "kmsgen.toml:5:7"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KMSGEN_SEVERITY", "eror", "`KMSGEN_SEVERITY` knows `error`, `warning`, `note`, not `eror` (did you mean `error`?)"),
        ("KMSGEN_COMPANION", "maybe", "`KMSGEN_COMPANION` is `true` or `false`, not `maybe`"),
        ("KMSGEN_ACCOUNT", "123", "`KMSGEN_ACCOUNT` takes twelve digits, not `123`"),
    ],
)  # fmt: skip
def test_a_variable_is_held_to_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KmsgenError) as caught:
        load("check", {name: value})
    assert [str(one) for one in caught.value.problems] == [told]


def test_a_variable_that_looks_like_a_slip_is_told_and_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = load("check", {"KMSGEN_SEVERTY": "error", "KMSGEN_VERSION": "1", "KMSGEN_TRACEBACK": "1", "PATH": "/bin"})
    assert [str(one) for one in found.warnings] == [
        "`KMSGEN_SEVERTY` is no setting of kmsgen (did you mean `KMSGEN_SEVERITY`?)"
    ]


def test_help_and_version_do_not_look_at_the_configuration(
    kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(configuration, "load", read)
    for arguments in (("--help",), ("--version",), ("check", "--help"), ("generate", "-h"), ("--verbose", "can", "-h")):
        assert kmsgen(*arguments).code == 0


def test_help_imports_nothing_of_the_configuration(tmp_path: Path) -> None:
    program = """
import sys
sys.argv = ["kmsgen", *{arguments!r}]
from kmsgen.__main__ import main
try:
    main()
except SystemExit:
    print(*sorted({{"tomllib", "kmsgen.cli.configuration", "kmsgen.cli.talk"}} & set(sys.modules)), file=sys.stderr)
"""
    for arguments in (["--version"], ["--help"], ["check", "--help"]):
        code = program.format(arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert (done.returncode, done.stderr.strip()) == (0, "")


def test_quiet_leaves_results_and_errors(kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "blueprints" / "orders.yaml").write_text(WARNED)
    monkeypatch.setenv("KMSGEN_SEVERTY", "error")  # a warning, unless quiet
    loud, quiet = kmsgen("check"), kmsgen("--quiet", "check")
    assert (quiet.code, quiet.out, quiet.err) == (1, loud.out, "")
    assert "KMSGEN_SEVERTY" in loud.err
    assert (kmsgen("-q", "generate").err, (repository / "out" / "manifest.json").is_file()) == ("", True)
    assert kmsgen("-q", "generate", "nowhere").err == "error: there is no file or folder `nowhere`\n"
    assert "hint: " in kmsgen("generate", "nowhere").err


def test_verbose_says_what_is_used(kmsgen: Kmsgen, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = repository / "policies" / "roles"
    own.mkdir(parents=True)
    (own / "admin.yaml").write_text((ROOT / "templates" / "roles" / "admin.yaml").read_text())
    (repository / "kmsgen.toml").write_text('templates = ["policies"]\nseverity = "error"\n')
    monkeypatch.setenv("KMSGEN_OUT", "made")
    ran = kmsgen("--verbose", "generate")
    assert (ran.code, ran.err) == (
        0,
        """\
reads `kmsgen.toml`
the configuration is `kmsgen.toml`
`templates` is ["policies"] (kmsgen.toml)
`out` is "made" (KMSGEN_OUT)
reads `blueprints/orders.yaml`
uses the template `root/recovery` of kmsgen
uses the template `roles/admin` of `policies/roles/admin.yaml`
uses the template `roles/encrypt-decrypt` of kmsgen
made: 1 written, 0 unchanged, 0 removed
""",
    )
    assert kmsgen("generate").err == "made: 0 written, 1 unchanged, 0 removed\n"


def test_verbose_says_that_there_is_no_configuration(kmsgen: Kmsgen, repository: Path) -> None:
    assert kmsgen("-v", "check").err.startswith("the configuration is nowhere\nreads `blueprints/orders.yaml`\n")


def test_quiet_and_verbose_do_not_go_together(kmsgen: Kmsgen, tmp_path: Path) -> None:
    ran = kmsgen("-q", "-v", "check")
    assert (ran.code, "`--quiet` and `--verbose` do not go together" in ran.err) == (2, True)
