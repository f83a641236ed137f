"""`--parameter`: every command that takes a SOURCE reads a stack's conditions by it, and says what it took for granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import BLUEPRINT, Kmsgen

STACK = """\
Parameters:
  Public: {Type: String, AllowedValues: ["yes", "no"], Default: "no"}
  Team: {Type: String}
  App: {Type: String, Default: "arn:aws:iam::111122223333:role/App"}
Conditions:
  IsPublic: !Equals [!Ref Public, "yes"]
  IsTeam: !Equals [!Ref Team, a]
Resources:
  Orders:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Sid: Root, Effect: Allow, Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}, Action: "kms:*", Resource: "*"}
          - {Sid: Use, Effect: Allow, Principal: {AWS: !Ref App}, Action: kms:Decrypt, Resource: "*"}
          - !If
            - IsPublic
            - {Sid: All, Effect: Allow, Principal: "*", Action: kms:Encrypt, Resource: "*"}
            - !Ref AWS::NoValue
"""
ASKS = STACK.replace("- IsPublic\n", "- IsTeam\n")
PLACE = ("--account", "111122223333", "--region", "eu-west-1")
COMMANDS = {
    "check": ("check", "stack.yaml"),
    "explain": ("explain", "stack.yaml"),
    "can": ("can", "111122223333/role/Any", "kms:Encrypt", "--on", "stack.yaml"),
    "diff": ("diff", "stack.yaml", "--current", "stack.yaml"),
    "why": ("why", "User: arn:aws:iam::111122223333:role/Any is not authorized to perform: kms:Encrypt on this resource",
            "stack.yaml"),
    "import": ("import", "stack.yaml"),
}  # fmt: skip
SAID = "stack.yaml: parameters are taken at their defaults: `App`, `Public`; `--parameter NAME=VALUE` says otherwise"


@pytest.fixture(autouse=True)
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stack.yaml"
    path.write_text(STACK)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_which_defaults_it_took(kmsgen: Kmsgen, command: str) -> None:
    done = kmsgen(*COMMANDS[command], *PLACE)
    assert done.code in (0, 1)
    assert "".join(SAID.split()) in "".join((done.out + done.err).split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_parameters(kmsgen: Kmsgen, command: str) -> None:
    given = kmsgen(*COMMANDS[command], *PLACE, "--parameter", "Public=yes", "--parameter", "App=arn:aws:iam::1:role/x")
    assert given.code in (0, 1)
    assert "parameters are taken" not in given.out + given.err
    assert given.out != kmsgen(*COMMANDS[command], *PLACE).out or command == "diff"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_parameter_that_no_template_has(kmsgen: Kmsgen, command: str) -> None:
    done = kmsgen(*COMMANDS[command], *PLACE, "--parameter", "Publik=yes")
    assert done.code == 2
    assert "error: there is no parameter `Publik`\n  hint: did you mean `Public`?\n" in done.err
    assert kmsgen(*COMMANDS[command], *PLACE, "--parameter", "Public").code == 2


def test_a_parameter_of_one_of_two_sources_is_met(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(STACK.replace("  Public: ", "  Formerly: ").replace("!Ref Public", '"no"'))
    done = kmsgen("diff", "stack.yaml", "--current", "old.yaml", *PLACE, "--parameter", "Public=yes")
    assert (done.code, done.out.partition("\n")[0]) == (1, "Orders: broader, allows more")


def test_a_condition_that_nothing_decides_names_the_option(kmsgen: Kmsgen, stack: Path) -> None:
    stack.write_text(ASKS)
    done = kmsgen("import", "stack.yaml", *PLACE)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        "error: `Orders` has no policy that can be read: it depends on the condition `IsTeam`, "
        "which `--parameter Team=VALUE` decides (stack.yaml:18:13)\n"
    )
    assert kmsgen("import", "stack.yaml", *PLACE, "--parameter", "Team=b").code == 0


def test_a_principal_stays_a_reference_when_its_parameter_is_given(kmsgen: Kmsgen) -> None:
    done = kmsgen("import", "stack.yaml", *PLACE, "--parameter", "App=arn:aws:iam::111122223333:role/Other")
    assert 'other: {arn: "arn:aws:iam::111122223333:role/Other", cloudformation: !Ref "App"}' in done.out
    assert "- {principal: other, can: decrypt-only}" in done.out


def test_a_configuration_gives_parameters_to_whichever_template_has_them(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "kmsgen.toml").write_text('parameters = ["Public=yes", "Elsewhere=1"]\n')
    asked = ("can", "111122223333/role/Any", "kms:Encrypt", "--on")
    assert kmsgen(*asked, "stack.yaml", *PLACE).out.startswith("allowed, directly: ")
    assert kmsgen(*asked, "stack.yaml", *PLACE, "--parameter", "Public=no").out.startswith("allowed, by way of")
    (tmp_path / "orders.yaml").write_text(BLUEPRINT)
    assert kmsgen("explain", "orders.yaml").code == 0


def test_a_mistake_in_the_configuration_is_told_at_its_place(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "kmsgen.toml").write_text('parameters = ["Public"]\n')
    assert kmsgen("explain", "stack.yaml").err.startswith(
        "error: kmsgen.toml:1:15: `parameters` takes `NAME=VALUE`, not `Public`\n"
    )


def test_a_first_blueprint_is_made_of_the_stack_that_the_parameters_make(kmsgen: Kmsgen, tmp_path: Path) -> None:
    said = kmsgen("init", "keys.yaml", "--from", "stack.yaml", *PLACE, "--parameter", "Public=yes")
    assert said.code == 0
    assert "accept_as_is" in (tmp_path / "keys.yaml").read_text()
    assert "--parameter Public=yes" in said.err
