"""Conditions of CloudFormation stacks: whether each holds, by what is given and by defaults, and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.errors import KmsgenError
from kmsgen.sources import Loaded, Options, load
from kmsgen.sources.parameters import Parameters
from kmsgen.sources.stack_conditions import Conditions, Decided
from tests.support import OWN, REGION

NOTHING, HERE = Options(), Options(OWN, REGION)
BEFORE = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Team: {Type: String}
  Role: {Type: String, Default: ""}
  Size: {Type: Number, Default: 3}
  Stored: {Type: AWS::SSM::Parameter::Value<String>, Default: /a}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
Mappings:
  Of: {dev: {kind: small}, prod: {kind: large}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  HasRole: !Not [!Equals [!Ref Role, ""]]
  Tested: %s
  Loop: !Not [!Condition Loop]
  Odd: {Fn::Contains: [[a], a]}
"""
KEY = """\
Resources:
  Orders:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - !If [%s, {Sid: Yes, Effect: Deny, Principal: "*", Action: kms:Encrypt, Resource: "*"}, !Ref AWS::NoValue]
          - Sid: Always
            Effect: Allow
            Principal: {AWS: x}
            Action: kms:Decrypt
            Resource: "*"
"""


def loaded(folder: Path, text: str, given: Mapping[str, str], options: Options = NOTHING) -> Loaded:
    path = folder / "stack.yaml"
    path.write_text(text)
    return load(str(path), replace(options, parameters=Parameters(given)))


def sids(found: Loaded) -> list[str | None]:
    (key,) = found.keys
    assert key.policy is not None, key.reason
    return [one.sid for one in key.policy.statements]


@pytest.mark.parametrize(
    ("condition", "given", "holds"),
    [
        ("!Equals [!Ref Env, prod]", {"Env": "prod"}, True),
        ("!Equals [!Ref Env, prod]", {"Env": "dev"}, False),
        ("!Equals [prod, Prod]", {}, False),
        ("!Not [!Equals [!Ref Env, prod]]", {"Env": "dev"}, True),
        ("!And [!Condition Prod, !Equals [!Ref Team, a]]", {"Env": "dev"}, False),
        ("!And [!Condition Prod, !Condition HasRole]", {"Env": "prod", "Role": "r"}, True),
        ("!Or [!Equals [!Ref Team, a], !Condition Prod]", {"Env": "prod"}, True),
        ("!Or [!Equals [!Ref Team, a], !Condition Prod]", {"Env": "dev", "Team": "b"}, False),
        ("!Equals [!FindInMap [Of, !Ref Env, kind], large]", {"Env": "prod"}, True),
        ('!Equals [!Sub "${Env}-${Team}", dev-a]', {"Env": "dev", "Team": "a"}, True),
        ('!Equals [!Join ["-", [!Ref Env, b]], dev-b]', {"Env": "dev"}, True),
        ("!Equals [!Select [1, !Ref Zones], b]", {}, True),
        ("!Equals [!Select [1, !Ref Zones], b]", {"Zones": "a,c"}, False),
        ("!Equals [!Ref Size, 3]", {}, True),
        ("!Equals [!Ref Team, !Ref Team]", {}, True),
        ("!Equals [!Ref Stored, on]", {"Stored": "on"}, True),
        ("!Equals [!Ref AWS::StackName, live]", {"AWS::StackName": "live"}, True),
    ],
)
def test_a_condition_holds_as_its_parameters_have_it(
    tmp_path: Path, condition: str, given: dict[str, str], holds: bool
) -> None:
    found = loaded(tmp_path, BEFORE % condition + KEY % "Tested", given)
    assert sids(found) == (["Yes", "Always"] if holds else ["Always"])


@pytest.mark.parametrize(("region", "holds"), [("eu-west-1", True), ("us-east-1", False)])
def test_the_region_is_that_of_the_option(tmp_path: Path, region: str, holds: bool) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(BEFORE % "!Equals [!Ref AWS::Region, eu-west-1]" + KEY % "Tested")
    assert ("Yes" in sids(load(str(path), Options(OWN, region)))) is holds


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("!Equals [!Ref Env, prod]", ", which `--parameter Env=dev|prod` decides"),
        ("!Equals [!Ref Team, a]", ", which `--parameter Team=VALUE` decides"),
        ("!And [!Condition Prod, !Equals [!Ref Team, a]]",
         ", which `--parameter Env=dev|prod` and `--parameter Team=VALUE` decide"),
        ("!Equals [!Ref AWS::Region, eu-west-1]", ", which `--region` decides"),
        ('!Equals [!Sub "${AWS::AccountId}", a]', ", which `--account` decides"),
        ("!Equals [!Ref Stored, on]", ", which `--parameter Stored=VALUE` decides"),
        ("!Equals [!FindInMap [Of, prod, other], on]", ""),
    ],
)  # fmt: skip
def test_a_condition_that_is_not_decided_names_what_would_decide_it(tmp_path: Path, condition: str, why: str) -> None:
    (key,) = loaded(tmp_path, BEFORE % condition + KEY % "Tested", {}).keys
    line = KEY.count("\n", 0, KEY.index("!If")) + BEFORE.count("\n") + 1
    assert key.reason == f"it depends on the condition `Tested`{why} ({tmp_path / 'stack.yaml'}:{line}:13)"


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("Loop", "the condition `Loop` depends on itself"),
        ("Odd", "the condition `Odd` is none that CloudFormation takes"),
        ("Nowhere", "it depends on the condition `Nowhere`"),
    ],
)
def test_a_condition_that_is_none_is_the_reason(tmp_path: Path, condition: str, why: str) -> None:
    (key,) = loaded(tmp_path, BEFORE % "!Equals [a, a]" + KEY % condition, {}).keys
    assert (key.policy, str(key.reason).partition(" (")[0]) == (None, why)


def test_what_a_default_decides_is_said_with_the_parameter(tmp_path: Path) -> None:
    text = BEFORE % "!Equals [!Ref Size, 3]" + KEY % "Tested" + "      EnableKeyRotation: !If [HasRole, true, false]\n"
    by_default = loaded(tmp_path, text, {})
    assert sids(by_default) == ["Yes", "Always"]
    assert by_default.keys[0].notes == (
        "by the default of `Role`, `HasRole` does not hold", "by the default of `Size`, `Tested` holds"
    )  # fmt: skip
    assert by_default.notes == (
        f"{tmp_path / 'stack.yaml'}: parameters are taken at their defaults: `Role`, `Size`; "
        "`--parameter NAME=VALUE` says otherwise",
    )
    given = loaded(tmp_path, text, {"Size": "3", "Role": ""})
    assert (sids(given), given.keys[0].notes, given.notes) == (["Yes", "Always"], (), ())


def test_an_empty_default_decides_conditions_and_is_no_value(tmp_path: Path) -> None:
    text = BEFORE % "!Equals [a, a]" + KEY.replace("{AWS: x}", "{AWS: !If [HasRole, !Ref Team, !Ref Role]}") % "Prod"
    (key,) = loaded(tmp_path, text, {"Env": "dev"}).keys
    assert key.policy is not None
    assert [one.value for one in key.policy.statements[0].principals] == ["⟨Role⟩"]


def test_statements_keep_their_lines_where_one_before_them_is_left_out(tmp_path: Path) -> None:
    for stage in ("dev", "prod"):
        (key,) = loaded(tmp_path, BEFORE % "!Equals [a, a]" + KEY % "Prod", {"Env": stage}).keys
        assert key.policy is not None
        always = key.policy.statements[-1]
        line = (BEFORE + KEY).count("\n", 0, (BEFORE + KEY).index("- Sid: Always")) + 1
        assert [place.line for place in always.origin] == [line]
        assert key.place is not None
        at = key.place(("Statement", len(key.policy.statements) - 1, "Action"))
        assert at is not None
        assert at.line == line + 3


MADE_WHERE = KEY.replace("    Properties:", "    Condition: Prod\n    Properties:", 1)


def test_a_key_that_the_stack_does_not_make_is_left_out_where_the_user_says_so(tmp_path: Path) -> None:
    text = BEFORE % "!Equals [a, a]" + MADE_WHERE % "Tested"
    without = loaded(tmp_path, text, {"Env": "dev"})
    assert without.keys == ()
    assert without.notes == (f"{tmp_path / 'stack.yaml'}: `Orders` is not made: the condition `Prod` does not hold",)
    assert loaded(tmp_path, text, {"Env": "prod"}).keys[0].notes == ()
    assert loaded(tmp_path, text, {}).keys[0].notes == (
        "it is made only where the condition `Prod` holds, which `--parameter Env=dev|prod` decides",
    )


def test_a_key_that_only_a_default_leaves_out_is_still_judged(tmp_path: Path) -> None:
    text = BEFORE % "!Equals [a, a]" + MADE_WHERE.replace("Condition: Prod", "Condition: HasRole") % "Tested"
    assert loaded(tmp_path, text, {}).keys[0].notes == (
        "it is made only where the condition `HasRole` holds, which `--parameter Role=VALUE` decides",
        "by the default of `Role`, `HasRole` does not hold",
    )


@pytest.mark.parametrize(("given", "aliases"), [({"Env": "prod"}, ["alias/orders"]), ({"Env": "dev"}, []), ({}, None)])
def test_an_alias_is_the_keys_where_its_condition_holds(
    tmp_path: Path, given: dict[str, str], aliases: list[str] | None
) -> None:
    alias = """\
  Alias:
    Type: AWS::KMS::Alias
    Condition: Prod
    Properties: {AliasName: alias/orders, TargetKeyId: !Ref Orders}
"""
    (key,) = loaded(tmp_path, BEFORE % "!Equals [a, a]" + KEY % "Tested" + alias, given).keys
    assert key.settings.get("aliases") == aliases


def test_a_value_that_the_template_does_not_allow_is_refused_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(KmsgenError) as refused:
        loaded(tmp_path, BEFORE % "!Equals [a, a]" + KEY % "Tested", {"Env": "prd", "Size": "many"})
    assert [str(one).partition("stack.yaml:")[2] for one in refused.value.problems] == [
        "2:23: the parameter `Env` cannot be `prd` (did you mean `prod`?)",
        "5:10: the parameter `Size` is a number, not `many`",
    ]


REFERRING = """\
Parameters:
  Role: {Type: String, Default: "arn:aws:iam::111122223333:role/app/App"}
  Name: {Type: String, Default: Reports}
Resources:
  Made: {Type: AWS::IAM::Role, Properties: {RoleName: Made}}
  Orders:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Principal:
            AWS:
              - !Ref Role
              - !Sub "arn:aws:iam::111122223333:role/${Name}"
              - !GetAtt Made.Arn
              - arn:aws:iam::111122223333:role/Written
          Action: kms:Decrypt
          Resource: "*"
"""


def test_principals_that_a_template_refers_to_keep_their_references(tmp_path: Path) -> None:
    (key,) = loaded(tmp_path, REFERRING, {"Name": "Other"}, HERE).keys
    assert key.references == {
        "arn:aws:iam::111122223333:role/Made": "⟨Made.Arn⟩",
        "arn:aws:iam::111122223333:role/Other": "arn:aws:iam::111122223333:role/⟨Name⟩",
        "arn:aws:iam::111122223333:role/app/App": "⟨Role⟩",
    }


def test_what_is_also_written_out_is_no_reference(tmp_path: Path) -> None:
    (key,) = loaded(tmp_path, REFERRING, {"Name": "Written"}, HERE).keys
    assert "arn:aws:iam::111122223333:role/Written" not in key.references


def test_a_setting_that_a_condition_leaves_out_is_the_usual_one(tmp_path: Path) -> None:
    more = "".join(
        f"      {name}: !If [Prod, {value}, !Ref AWS::NoValue]\n"
        for name, value in {"Enabled": "false", "Description": "x", "PendingWindowInDays": "7"}.items()
    )
    text = BEFORE % "!Equals [a, a]" + KEY % "Tested" + more
    wanted = {"prod": (False, "x", 7), "dev": (True, "", 30)}
    for stage, settings in wanted.items():
        (key,) = loaded(tmp_path, text, {"Env": stage}).keys
        assert tuple(key.settings[name] for name in ("enabled", "description", "deletion_window")) == settings


VALUES = ("a", "b")
NAMES = ("P", "Q", "R")
TESTS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.builds(
        lambda name, value: {"Fn::Equals": [{"Ref": name}, value]}, st.sampled_from(NAMES), st.sampled_from(VALUES)
    )
    | st.builds(lambda one, other: {"Fn::Equals": [{"Ref": one}, {"Ref": other}]}, *[st.sampled_from(NAMES)] * 2)
    | st.just({"Condition": "Other"}),
    lambda inner: (
        st.builds(lambda test: {"Fn::Not": [test]}, inner)
        | st.builds(
            lambda function, tests: {function: tests},
            st.sampled_from(["Fn::And", "Fn::Or"]),
            st.lists(inner, min_size=2, max_size=3),
        )
    ),
    max_leaves=6,
)
OTHER_TEST = {"Fn::Equals": [{"Ref": "P"}, "a"]}


def decided(test: dict[str, Any], known: Mapping[str, str]) -> Decided:
    def value(data: Any, path: object) -> Any:
        return known.get(data["Ref"], f"⟨{data['Ref']}⟩") if isinstance(data, dict) else data

    return Conditions({"Test": test, "Other": OTHER_TEST}, value, known).decided("Test", ())


def meant(test: dict[str, Any], known: Mapping[str, str]) -> bool:
    """What CloudFormation makes of a condition of which everything is known."""
    ((function, argument),) = test.items()
    if function == "Condition":
        return meant(OTHER_TEST, known)
    if function == "Fn::Equals":
        one, other = (known[item["Ref"]] if isinstance(item, dict) else item for item in argument)
        return bool(one == other)
    found = [meant(one, known) for one in argument]
    return not found[0] if function == "Fn::Not" else all(found) if function == "Fn::And" else any(found)


@given(TESTS, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)))
def test_what_is_decided_holds_whatever_else_is_given(test: dict[str, Any], known: dict[str, str]) -> None:
    found = decided(test, known)
    answers = {
        meant(test, dict(zip(NAMES, values, strict=True)) | known) for values in product(VALUES, repeat=len(NAMES))
    }
    if found.holds is not None:
        assert answers == {found.holds}
    else:  # and what would decide it is not known yet
        assert found.names
        assert not found.names & known.keys()
    everything = dict.fromkeys(NAMES, "b") | known
    assert decided(test, everything).holds is meant(test, everything)
