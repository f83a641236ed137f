"""CloudFormation templates: keys with their policies, functions worked out where they can be, symbols elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Origin
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.model import default_policy
from kmsgen.sources.parameters import Parameters
from tests.corpus import CORPUS
from tests.support import ROOT

OPTIONS = Options(account="111122223333", region="eu-west-1")

STATEMENT = """\
        Statement:
          - Sid: Only
            Effect: Allow
            Principal: {AWS: %s}
            Action: kms:Decrypt
            Resource: "*"
"""


def template(principal: str, more: str = "", before: str = "") -> str:
    """A template with one key, whose policy names one principal."""
    return f"""\
AWSTemplateFormatVersion: "2010-09-09"
{before}Resources:
  Orders:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
{STATEMENT % principal}{more}"""


def keys(tmp_path: Path, text: str, options: Options | None = None, suffix: str = "yaml") -> dict[str, SourceKey]:
    path = tmp_path / f"stack.{suffix}"
    path.write_text(text)
    return {key.name: key for key in load(str(path), options).keys}


def principal_of(key: SourceKey) -> str:
    assert key.policy is not None, key.reason
    (statement,) = key.policy.statements
    (principal,) = statement.principals
    return principal.value


ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties: {%s}
"""
BEFORE = """\
Parameters:
  Given: {Type: String, Default: "444455556666"}
  Open: {Type: String}
  FromStore: {Type: AWS::SSM::Parameter::Value<String>, Default: /a/b}
Mappings:
  Accounts: {prod: {id: "777788889999"}}
"""


@pytest.mark.parametrize(
    ("written", "role", "unknown", "known"),
    [
        ('"111122223333"', "", "111122223333", "111122223333"),
        ("!Ref AWS::AccountId", "", "arn:⟨AWS.Partition⟩:iam::⟨AWS.AccountId⟩:root", "111122223333"),
        ('!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"', "", "arn:⟨AWS.Partition⟩:iam::⟨AWS.AccountId⟩:root",
         "arn:aws:iam::111122223333:root"),
        ('!Join ["", ["arn:aws:iam::", !Ref AWS::AccountId, ":root"]]', "", "arn:aws:iam::⟨AWS.AccountId⟩:root",
         "arn:aws:iam::111122223333:root"),
        ("{Fn::Sub: ['arn:aws:iam::${A}:root', {A: !Ref Given}]}", "", "arn:aws:iam::444455556666:root",
         "arn:aws:iam::444455556666:root"),
        ('!Sub "arn:aws:iam::${Open}:role/${!aws:username}"', "", "arn:aws:iam::⟨Open⟩:role/${aws:username}",
         "arn:aws:iam::⟨Open⟩:role/${aws:username}"),
        ("!Ref FromStore", "", "⟨FromStore⟩", "⟨FromStore⟩"),
        ("!GetAtt Role.Arn", "Path: /app/, RoleName: Orders", "arn:⟨AWS.Partition⟩:iam::⟨AWS.AccountId⟩:role/app/Orders",
         "arn:aws:iam::111122223333:role/app/Orders"),
        ("!GetAtt Role.Arn", "", "arn:⟨AWS.Partition⟩:iam::⟨AWS.AccountId⟩:role/⟨Role⟩",
         "arn:aws:iam::111122223333:role/⟨Role⟩"),
        ("!GetAtt Elsewhere.Outputs.Arn", "", "⟨Elsewhere.Outputs.Arn⟩", "⟨Elsewhere.Outputs.Arn⟩"),
        ('!ImportValue "stack:role"', "", "⟨ImportValue.stack∶role⟩", "⟨ImportValue.stack∶role⟩"),
        ("!FindInMap [Accounts, prod, id]", "", "777788889999", "777788889999"),
        ("!FindInMap [Accounts, !Ref Open, id]", "", "⟨FindInMap.Accounts.‹Open›.id⟩", "⟨FindInMap.Accounts.‹Open›.id⟩"),
        ('!Select [1, !Split ["/", "a/b/c"]]', "", "b", "b"),
        ("!If [IsProd, x, x]", "", "x", "x"),
    ],
)  # fmt: skip
def test_what_a_function_is_worth(tmp_path: Path, written: str, role: str, unknown: str, known: str) -> None:
    text = template(written, ROLE % role, BEFORE)
    assert principal_of(keys(tmp_path, text)["Orders"]) == unknown
    assert principal_of(keys(tmp_path, text, OPTIONS)["Orders"]) == known
    # ARNs are taken apart at colons, so a symbol must have none.
    assert all(":" not in piece.partition("⟩")[0] for piece in unknown.split("⟨")[1:])


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    document = {
        "Resources": {
            "Orders": {
                "Type": "AWS::KMS::Key",
                "Properties": {
                    "KeyPolicy": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "Only", "Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}},
                                "Action": "kms:Decrypt", "Resource": "*",
                            }
                        ],
                    }
                },
            }
        }
    }  # fmt: skip
    (by_json,) = keys(tmp_path, json.dumps(document), suffix="json").values()
    (by_yaml,) = keys(tmp_path, template("!GetAtt Role.Arn")).values()
    assert by_json.policy == by_yaml.policy


def test_a_statement_is_told_by_its_line_in_the_template(tmp_path: Path) -> None:
    (key,) = keys(tmp_path, template("x")).values()
    assert key.policy is not None
    assert key.policy.statements[0].origin == (Origin(str(tmp_path / "stack.yaml"), 9, 13),)
    assert key.where == f"{tmp_path / 'stack.yaml'}:3"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("!If [IsProd, a, b]", "it depends on the condition `IsProd` ({}:11:30)"),
        ("!Transform {Name: AWS::Include}", "`Fn::Transform` is worked out by CloudFormation alone ({}:11:30)"),
        ("[[a]]", "Statement[0].Principal.AWS[0]: expected a string or a list of strings ({}:11:31), and 1 more"),
    ],
)
def test_what_only_cloudformation_can_work_out_is_unreadable_with_its_place(
    tmp_path: Path, written: str, why: str
) -> None:
    (key,) = keys(tmp_path, template(written)).values()
    assert (key.policy, key.reason) == (None, why.format(tmp_path / "stack.yaml"))


CONDITIONS = """\
Parameters:
  Stage: {Type: String, Default: prod}
  Network: {Type: String, Default: ""}
  Open: {Type: String}
  Kept: {Type: "AWS::SSM::Parameter::Value<String>", Default: prod}
Conditions:
  Live: !Equals [!Ref Stage, prod]
  Closed: !Not [!Equals [!Ref Network, ""]]
  Asked: !Equals [!Ref Open, prod]
  Stored: !Equals [!Ref Kept, prod]
  Here: !Equals [!Ref AWS::Region, eu-west-1]
  Both: !And [!Condition Live, !Condition Closed]
  Either: !Or [!Condition Asked, !Condition Live]
  Neither: !And [!Condition Asked, !Condition Closed]
  Round: !Not [!Condition Round]
"""


@pytest.mark.parametrize(
    ("condition", "role"),
    [
        ("Live", "a"), ("Closed", "b"), ("Both", "b"), ("Either", "a"), ("Neither", "b"), ("Here", "a"),
        ("Asked", None), ("Stored", None), ("Round", None), ("Missing", None),
    ],
)  # fmt: skip
def test_a_condition_is_worked_out_by_the_defaults_of_parameters(
    tmp_path: Path, condition: str, role: str | None
) -> None:
    (key,) = keys(tmp_path, template(f"!If [{condition}, a, b]", before=CONDITIONS), OPTIONS).values()
    assert (principal_of(key) if key.policy else None) == role


def test_the_parameters_by_which_a_condition_is_worked_out_are_told(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(template("!If [Both, a, b]", before=CONDITIONS))
    (note,) = load(str(path), OPTIONS).notes
    assert "defaults: `Network`;" in note  # which alone keeps it from holding


def test_a_policy_that_is_left_out_is_the_default_one_and_one_that_is_a_parameter_is_not_known(tmp_path: Path) -> None:
    text = (
        "Parameters: {Policy: {Type: String}}\nConditions: {Never: !Equals [a, b]}\nResources:\n"
        "  Left: {Type: AWS::KMS::Key, Properties: {KeyPolicy: !If [Never, {}, !Ref AWS::NoValue]}}\n"
        "  Given: {Type: AWS::KMS::Key, Properties: {KeyPolicy: !Ref Policy}}\n"
    )
    found = keys(tmp_path, text, OPTIONS)
    assert found["Left"].policy == default_policy("111122223333", "aws")
    assert found["Given"].reason == f"`⟨Policy⟩` is only known to the stack ({tmp_path / 'stack.yaml'}:5:45)"


def test_no_value_leaves_a_property_out(tmp_path: Path) -> None:
    (key,) = keys(tmp_path, template("[a, !Ref AWS::NoValue]")).values()
    assert principal_of(key) == "a"


def test_settings_aliases_and_replicas(tmp_path: Path) -> None:
    more = """\
      Description: !Sub "of ${AWS::StackName}"
      EnableKeyRotation: "true"
      RotationPeriodInDays: 180
      PendingWindowInDays: 7
      MultiRegion: yes-is-no-boolean
      Tags: [{Key: owner, Value: payments}]
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/orders, TargetKeyId: !GetAtt Orders.Arn}
  Replica:
    Type: AWS::KMS::ReplicaKey
    Condition: Twice
    Properties: {PrimaryKeyArn: !Ref P, KeyPolicy: {Statement: []}}
"""
    found = keys(tmp_path, template("x", more), OPTIONS)
    assert found["Orders"].settings == {
        "enabled": True, "rotation": 180, "deletion_window": 7, "multi_region": False, "tags": {"owner": "payments"},
        "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "aliases": ["alias/orders"],
    }  # fmt: skip
    assert found["Orders"].aliases == ("alias/orders",)
    assert found["Orders"].notes == ("`Description` is only known to the stack",)
    assert (found["Orders"].facts.account, found["Orders"].facts.region) == ("111122223333", "eu-west-1")
    assert found["Replica"].facts.multi_region is True
    assert found["Replica"].notes == ("it is made only where the condition `Twice` holds",)


def test_an_alias_whose_name_only_the_stack_knows_leaves_the_aliases_open(tmp_path: Path) -> None:
    more = '  Alias:\n    Type: AWS::KMS::Alias\n    Properties: {AliasName: !Sub "alias/${Env}", TargetKeyId: !Ref Orders}\n'
    (key,) = keys(tmp_path, template("x", more)).values()
    assert "aliases" not in key.settings
    assert key.notes == ("`AliasName` is only known to the stack",)


def test_a_key_without_a_policy_has_that_of_kms(tmp_path: Path) -> None:
    text = "Resources:\n  K:\n    Type: AWS::KMS::Key\n"
    (key,) = keys(tmp_path, text, OPTIONS).values()
    assert principal_of(key) == "arn:aws:iam::111122223333:root"


def test_a_policy_as_text_is_read(tmp_path: Path) -> None:
    text = "Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: !Sub '{\"Statement\": []}'\n"
    (key,) = keys(tmp_path, text).values()
    assert key.policy is not None
    (broken,) = keys(tmp_path, text.replace("[]", "")).values()
    assert broken.reason is not None
    assert broken.reason.startswith("in the policy's text: not valid JSON")


def test_a_loop_over_keys_is_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    text = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Keys: [X, [a], {'K${X}': {Type: AWS::KMS::Key}}]\n"
    path = tmp_path / "stack.yaml"
    path.write_text(text)
    loaded = load(str(path))
    assert [(key.name, key.policy) for key in loaded.keys] == [("Fn::ForEach::Keys", None)]
    assert loaded.notes == (f"{path}: what the transform AWS::LanguageExtensions changes is not seen",)


def test_defaults_of_parameters_that_were_taken_are_told(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(template("!Ref Given", before=BEFORE))
    said = f"{path}: parameters are taken at their defaults: `Given`; `--parameter NAME=VALUE` says otherwise"
    assert load(str(path)).notes == (said,)


def test_a_template_that_is_no_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(KmsgenError) as refused:
        keys(tmp_path, "Resources: {\n")
    assert refused.value.problems[0].at is not None


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of templates that others wrote is not here")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("cfn/*")), ids=lambda path: path.name[:40])
def test_every_key_of_the_corpus_is_read_or_says_why_not(path: Path) -> None:
    index = [json.loads(line) for line in (CORPUS / "index.jsonl").read_text().splitlines()]
    (entry,) = [one for one in index if one["file"] == f"cfn/{path.name}"]
    loaded = load(str(path))
    assert sorted(key.name for key in loaded.keys) == sorted(one["logical_id"] for one in entry["keys"])
    for key in loaded.keys:
        assert (key.policy is None) == (key.reason is not None)
        if key.policy is None:
            assert f"({path}:" in str(key.reason)  # the place
    with_place = load(str(path), OPTIONS)
    symbols = {key.facts.account for key in with_place.keys} | {key.facts.region for key in with_place.keys}
    assert not any(is_symbolic(one or "") for one in symbols)


@pytest.mark.parametrize(
    "written",
    ["{Fn::Sub: {}}", "{Fn::Sub: [a]}", "{Fn::Sub: [[a], {}]}", "{Fn::Sub: [a, b]}", "{Fn::Join: x}",
     "{Fn::Join: ['', [[a]]]}", "{Fn::Select: [0]}", "{Fn::Split: x}", "{Fn::If: [a]}", "{Fn::ImportValue: [a]}",
     "{Ref: [a]}", "{Fn::Nothing: 1}", "{Fn::Sub: '${A}'}"],
)  # fmt: skip
def test_a_malformed_function_is_a_reason_and_no_accident(tmp_path: Path, written: str) -> None:
    before = "Parameters: {A: {Type: CommaDelimitedList, Default: 'a,b'}}\n"
    (key,) = keys(tmp_path, template(written, before=before)).values()
    assert (key.policy, bool(key.reason)) == (None, True)


def test_properties_that_a_transform_brings_in_may_be_the_policy(tmp_path: Path) -> None:
    text = "Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      Fn::Transform: {Name: AWS::Include}\n"
    (key,) = keys(tmp_path, text).values()
    assert key.reason == f"`Fn::Transform` is worked out by CloudFormation alone ({tmp_path / 'stack.yaml'}:5:7)"


REPLICAS = """\
Parameters: {Given: {Type: String}}
Resources:
  Primary: {Type: AWS::KMS::Key, Properties: {MultiRegion: true}}
  Single: {Type: AWS::KMS::Key}
  Near: {Type: AWS::KMS::ReplicaKey, Properties: {PrimaryKeyArn: !GetAtt Primary.Arn}}
  Far: {Type: AWS::KMS::ReplicaKey, Properties: {PrimaryKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/mrk-9"}}
  Asked: {Type: AWS::KMS::ReplicaKey, Properties: {PrimaryKeyArn: !Ref Given}}
"""


def test_a_replica_says_which_key_is_its_primary(tmp_path: Path) -> None:
    primary = (f"{tmp_path / 'stack.yaml'}\x1fPrimary",)
    found = {name: (key.is_primary, key.kin) for name, key in keys(tmp_path, REPLICAS).items()}
    assert found == {
        "Primary": (True, primary), "Single": (None, ()), "Near": (False, primary), "Far": (False, ("mrk-9",)),
        "Asked": (False, ()),
    }  # fmt: skip
    given = Options(parameters=Parameters({"Given": "arn:aws:kms:eu-west-1:111122223333:key/mrk-7"}))
    assert keys(tmp_path, REPLICAS, given)["Asked"].kin == ("mrk-7",)


def test_the_stacks_of_one_blueprint_know_each_other_s_keys() -> None:
    folder = ROOT / "out" / "cloudformation"
    stacks = sorted(folder.glob("multi-region.*.yaml"))
    found = [(key.is_primary, key.kin[0]) for path in stacks for key in load(str(path)).keys if key.kin]
    assert len(found) > 1
    assert {kin for primary, kin in found if primary} == {kin for primary, kin in found if not primary}
