"""What each format makes of keys, references and limits; and what it refuses, with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from kmsgen.emitters import EMITTERS, emit
from kmsgen.emitters.artefact import Artefact, Emit, Options
from kmsgen.emitters.cloudformation_template import shard_of
from kmsgen.emitters.references import stays
from kmsgen.errors import OutputError
from tests.compiler.test_properties import Cloudformation
from tests.support import HEAD, OTHER, OWN, bundle, compiled, role

ADMIN = HEAD.replace("defaults: {", "defaults: {admins: [role/Admin], ")
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def made(
    format_: str,
    keys: str,
    head: str = ADMIN,
    *,
    emit_: Emit = "key",
    companion: bool = False,
    import_blocks: bool = False,
) -> dict[str, Artefact]:
    artefacts = emit(format_, bundle(f"{head}keys:\n{keys}"), Options(emit_, companion, import_blocks))
    return {artefact.path: artefact for artefact in artefacts}


def module(keys: str, head: str = ADMIN, *, emit_: Emit = "key") -> dict[str, Any]:
    (artefact,) = made("terraform-json", keys, head, emit_=emit_).values()
    return json.loads(artefact.text)  # type: ignore[no-any-return]


def template(keys: str, head: str = ADMIN) -> dict[str, Any]:
    (artefact,) = made("cloudformation-json", keys, head).values()
    return json.loads(artefact.text)  # type: ignore[no-any-return]


def refused(
    format_: str, keys: str, head: str = ADMIN, *, emit_: Emit = "key", companion: bool = False
) -> list[tuple[str, int]]:
    with pytest.raises(OutputError) as error:
        made(format_, keys, head, emit_=emit_, companion=companion)
    return [(problem.message, problem.at.line if problem.at else 0) for problem in error.value.problems]


EVERYTHING = """\
  key:
    description: All of it
    aliases: [a/b, c]
    rotation: 180
    deletion_window: 7
    enabled: false
    tags: {b: two, a: one}
"""


def test_terraform_makes_the_whole_key() -> None:
    document = module(EVERYTHING)
    key = document["resource"]["aws_kms_key"]["key"]
    assert json.loads(key.pop("policy"))["Statement"][0]["Sid"] == "RootRecovery"
    assert key == {
        "description": "All of it",
        "is_enabled": False,
        "enable_key_rotation": True,
        "rotation_period_in_days": 180,
        "deletion_window_in_days": 7,
        "tags": {"a": "one", "b": "two"},
        "lifecycle": {"prevent_destroy": True},
    }
    assert document["resource"]["aws_kms_alias"] == {
        "key_a_b": {"name": "alias/a/b", "target_key_id": "${aws_kms_key.key.key_id}"},
        "key_c": {"name": "alias/c", "target_key_id": "${aws_kms_key.key.key_id}"},
    }
    assert document["output"] == {"key_arn": {"description": "ARN of the key key", "value": "${aws_kms_key.key.arn}"}}


def test_cloudformation_makes_the_whole_key() -> None:
    document = template(EVERYTHING)
    key = document["Resources"]["Key"]
    assert key["Properties"].pop("KeyPolicy")["Statement"][0]["Sid"] == "RootRecovery"
    assert key == {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Description": "All of it",
            "Enabled": False,
            "EnableKeyRotation": True,
            "RotationPeriodInDays": 180,
            "PendingWindowInDays": 7,
            "Tags": [{"Key": "a", "Value": "one"}, {"Key": "b", "Value": "two"}],
        },
    }
    alias = {"AliasName": "alias/a/b", "TargetKeyId": {"Ref": "Key"}}
    assert document["Resources"]["KeyAliasAB"] == {"Type": "AWS::KMS::Alias", "Properties": alias}
    assert document["Outputs"]["KeyArn"]["Value"] == {"Fn::GetAtt": ["Key", "Arn"]}


@pytest.mark.parametrize(
    ("fields", "type_", "expected"),
    [
        ("{rotation: false}", "aws_kms_key", {"enable_key_rotation": False}),
        ("{spec: ECC_NIST_P256, usage: SIGN_VERIFY}", "aws_kms_key", {"customer_master_key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY"}),
        ("{custom_key_store: cks-1234567890abcdef0}", "aws_kms_key", {"custom_key_store_id": "cks-1234567890abcdef0"}),
        ("{custom_key_store: cks-1234567890abcdef0, xks_key_id: x1}", "aws_kms_key", {"custom_key_store_id": "cks-1234567890abcdef0", "xks_key_id": "x1"}),
        ("{origin: EXTERNAL}", "aws_kms_external_key", {}),
        ("{origin: EXTERNAL, enabled: false, spec: HMAC_256}", "aws_kms_external_key", {"enabled": False, "key_spec": "HMAC_256", "key_usage": "GENERATE_VERIFY_MAC"}),
    ],
)  # fmt: skip
def test_terraform_makes_every_kind_of_key(fields: str, type_: str, expected: dict[str, Any]) -> None:
    resource = module(f"  key: {fields}\n")["resource"][type_]["key"]
    for name in ("policy", "lifecycle", "deletion_window_in_days"):
        del resource[name]
    assert resource == expected


def test_a_key_that_is_managed_elsewhere_gets_its_policy_alone() -> None:
    document = module(f"  key: {{existing: {ID}}}\n")
    assert list(document["resource"]) == ["aws_kms_key_policy"]
    assert document["resource"]["aws_kms_key_policy"]["key"]["key_id"] == ID
    assert "output" not in document
    message = "CloudFormation cannot attach a policy to a key that it does not manage: `key`"
    assert refused("cloudformation", f"  key: {{existing: {ID}}}\n") == [(message, 6)]


def test_a_key_that_is_given_by_its_arn_is_written_by_its_id() -> None:
    arn = f"arn:aws:kms:eu-west-1:{OWN}:key/{ID}"
    assert module(f"  key: {{existing: {arn}}}\n")["resource"]["aws_kms_key_policy"]["key"]["key_id"] == ID


def test_import_blocks_take_over_the_policies_of_existing_keys_in_a_file_of_their_own() -> None:
    keys = f"  key: {{existing: arn:aws:kms:eu-west-1:{OWN}:key/{ID}}}\n  other: {{}}\n"
    written = made("terraform-json", keys, import_blocks=True)
    assert sorted(written) == ["terraform-json/test/imports.tf.json", "terraform-json/test/main.tf.json"]
    text = written["terraform-json/test/imports.tf.json"].text
    assert {name: part for name, part in json.loads(text).items() if name != "//"} == {
        "terraform": {"required_version": ">= 1.5"},
        "import": [{"to": "aws_kms_key_policy.key", "id": ID}],
    }
    assert [key.name for key in written["terraform-json/test/imports.tf.json"].keys] == ["key"]
    hcl = made("terraform", keys, import_blocks=True)["terraform/test/imports.tf"].text
    assert hcl.endswith(f'import {{\n  to = aws_kms_key_policy.key\n  id = "{ID}"\n}}\n')
    assert list(made("terraform", "  key: {}\n", import_blocks=True)) == ["terraform/test/main.tf"]


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ("{}", ">= 5.49"),
        ("{origin: EXTERNAL}", ">= 5.49"),
        ("{origin: EXTERNAL, spec: HMAC_256}", ">= 6.11"),
        ("{spec: HMAC_256}", ">= 5.49"),
    ],
)
def test_the_provider_is_young_enough_for_what_is_written(fields: str, version: str) -> None:
    assert module(f"  key: {fields}\n")["terraform"]["required_providers"]["aws"]["version"] == version


def test_emit_policy_takes_the_key_as_given() -> None:
    document = module("  key: {aliases: [x]}\n", emit_="policy")
    assert list(document["resource"]) == ["aws_kms_key_policy"]
    assert document["resource"]["aws_kms_key_policy"]["key"]["key_id"] == "${var.key_key_id}"
    assert document["variable"] == {"key_key_id": {"description": "Id of the key key, not its ARN", "type": "string"}}
    assert refused("cloudformation", "  key: {}\n", emit_="policy") == [
        ("CloudFormation has no policy without its key: `key`", 6)
    ]


def test_a_renamed_key_is_moved_with_its_aliases() -> None:
    assert module("  new-name: {renamed_from: old-name, aliases: [x]}\n")["moved"] == [
        {"from": "aws_kms_key.old_name", "to": "aws_kms_key.new_name"},
        {"from": "aws_kms_alias.old_name_x", "to": "aws_kms_alias.new_name_x"},
    ]


def test_a_multi_region_key_is_a_primary_and_replicas() -> None:
    keys = "  key: {multi_region: [eu-west-1, us-east-1], aliases: [x], description: d, tags: {a: b}}\n"
    document = module(keys)
    primary, replica = (
        document["resource"]["aws_kms_key"]["key"],
        document["resource"]["aws_kms_replica_key"]["key_us_east_1"],
    )
    assert (primary["provider"], primary["multi_region"]) == ("aws.eu_west_1", True)
    assert (replica["provider"], replica["primary_key_arn"]) == ("aws.us_east_1", "${aws_kms_key.key.arn}")
    assert "enable_key_rotation" not in replica
    assert document["terraform"]["required_providers"]["aws"]["configuration_aliases"] == [
        "aws.eu_west_1",
        "aws.us_east_1",
    ]
    assert {one["provider"] for one in document["resource"]["aws_kms_alias"].values()} == {
        "aws.eu_west_1",
        "aws.us_east_1",
    }
    templates = made("cloudformation-json", keys)
    assert list(templates) == ["cloudformation-json/test.eu-west-1.json", "cloudformation-json/test.us-east-1.json"]
    there = json.loads(templates["cloudformation-json/test.us-east-1.json"].text)
    assert there["Resources"]["Key"]["Type"] == "AWS::KMS::ReplicaKey"
    assert there["Resources"]["Key"]["Properties"]["PrimaryKeyArn"] == {"Ref": "KeyPrimaryKeyArn"}
    assert there["Parameters"] == {
        "KeyPrimaryKeyArn": {"Type": "String", "Description": "ARN of the primary key of key"}
    }
    assert list(made("json", keys)) == ["json/test/key.eu-west-1.json", "json/test/key.us-east-1.json"]


def test_external_multi_region_keys_have_resources_of_their_own() -> None:
    document = module("  key: {multi_region: [eu-west-1, us-east-1], origin: EXTERNAL}\n")
    assert list(document["resource"]) == ["aws_kms_external_key", "aws_kms_replica_external_key"]


def test_independent_keys_in_several_places_are_told_apart() -> None:
    keys = "  key: {region: [eu-west-1, us-east-1]}\n  far: {account: other}\n"
    document = module(keys)
    assert set(document["resource"]["aws_kms_key"]) == {"key_eu_west_1", "key_us_east_1", "far"}
    assert document["resource"]["aws_kms_key"]["far"]["provider"] == "aws.other_eu_west_1"
    assert list(made("cloudformation", keys)) == [
        "cloudformation/test.own.eu-west-1.yaml",
        "cloudformation/test.own.us-east-1.yaml",
        "cloudformation/test.other.eu-west-1.yaml",
    ]
    assert list(made("json", keys)) == [
        "json/test/key.eu-west-1.json",
        "json/test/key.us-east-1.json",
        "json/test/far.json",
    ]


REFERENCES = f"""\
principals:
  both: {{arn: "{role("Both")}", terraform: aws_iam_role.both.arn, cloudformation: !GetAtt Both.Arn}}
  terraform-only: {{account: own, terraform: 'module.x["a"].arn'}}
  imported: {{account: own, cloudformation: !ImportValue shared-arn}}
  pseudo: {{account: own, cloudformation: !Sub "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/X"}}
  local: {{account: own, cloudformation: !Sub "${{Role.Arn}}"}}
"""


def principal_of(statements: list[dict[str, Any]]) -> Any:
    return next(one["Principal"]["AWS"] for one in statements if one["Sid"].startswith("EncryptDecrypt"))


@pytest.mark.parametrize(
    ("name", "inline", "principal", "parameters"),
    [
        (
            "both",
            False,
            {"Ref": "BothArn"},
            {"BothArn": {"Type": "String", "Description": "ARN of both", "Default": role("Both")}},
        ),
        ("both", True, {"Fn::GetAtt": ["Both", "Arn"]}, {}),
        ("imported", False, {"Fn::ImportValue": "shared-arn"}, {}),
        ("pseudo", False, {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/X"}, {}),
        ("local", False, {"Ref": "LocalArn"}, {"LocalArn": {"Type": "String", "Description": "ARN of local"}}),
        ("local", True, {"Fn::Sub": "${Role.Arn}"}, {}),
    ],
)
def test_references_in_cloudformation(name: str, inline: bool, principal: Any, parameters: dict[str, Any]) -> None:
    head = ADMIN + REFERENCES + ("references: inline\n" if inline else "")
    keys = f"  key: {{users: [{name}]}}\n"
    document = template(keys, head)
    assert principal_of(document["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]) == principal
    assert document.get("Parameters", {}) == parameters
    (text,) = made("cloudformation", keys, head).values()
    assert yaml.load(text.text, Cloudformation) == document


@pytest.mark.parametrize(
    ("name", "inline", "written", "variables"),
    [
        (
            "both",
            False,
            "var.both_arn",
            {"both_arn": {"description": "ARN of both", "type": "string", "default": role("Both")}},
        ),
        ("both", True, "aws_iam_role.both.arn", {}),
        (
            "terraform-only",
            False,
            "var.terraform_only_arn",
            {"terraform_only_arn": {"description": "ARN of terraform-only", "type": "string"}},
        ),
        ("terraform-only", True, 'module.x["a"].arn', {}),
    ],
)
def test_references_in_terraform(name: str, inline: bool, written: str, variables: dict[str, Any]) -> None:
    head = ADMIN + REFERENCES + ("references: inline\n" if inline else "")
    keys = f"  key: {{users: [{name}]}}\n"
    document = module(keys, head)
    policy = document["resource"]["aws_kms_key"]["key"]["policy"]
    assert policy.startswith("${jsonencode({")
    assert f"AWS = {written}\n" in policy
    assert document.get("variable", {}) == variables
    (text,) = made("terraform", keys, head).values()
    assert f"          AWS = {written}\n" in text.text


@pytest.mark.parametrize(
    ("format_", "name", "why"),
    [
        ("json", "terraform-only", "it has no `arn`, and JSON has nothing but the ARN to write"),
        ("json", "imported", "it has no `arn`, and JSON has nothing but the ARN to write"),
        ("cloudformation", "terraform-only", "it says neither `cloudformation` nor `arn`"),
        ("terraform", "imported", "it says neither `terraform` nor `arn`"),
        ("terraform-json", "local", "it says neither `terraform` nor `arn`"),
    ],
)
def test_a_reference_that_a_format_cannot_write_is_an_error_at_its_line(format_: str, name: str, why: str) -> None:
    ((message, line),) = refused(format_, f"  key: {{users: [{name}]}}\n", ADMIN + REFERENCES)
    assert message.endswith(why)
    assert (ADMIN + REFERENCES).splitlines()[line - 1].strip().startswith(f"{name}:")


def test_a_reference_in_a_statement_written_by_hand_stays_one() -> None:
    keys = """\
  key:
    statements:
      - Effect: Allow
        Principal: {AWS: [!GetAtt Worker.Arn, {terraform: aws_iam_role.w.arn, cloudformation: !Ref W, arn: "arn:aws:iam::111122223333:role/W"}]}
        Action: kms:Decrypt
        Resource: "*"
"""
    statements = template(keys)["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]
    assert statements[-1]["Principal"]["AWS"] == [{"Ref": "AwsIamRoleWArn"}, {"Ref": "WorkerArn"}]
    ((message, line),) = refused("json", keys)
    assert message.startswith("`Worker`, which key `key` names, cannot be written as JSON")
    assert line == 9


def test_a_policy_variable_survives_every_format() -> None:
    keys = "  key: {users: [{principal: role/X, can: decrypt, when: {principal_tags: {a: '${aws:PrincipalTag/x}'}}}]}\n"
    wanted = {"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/x}"}}
    (plain,) = made("json", keys).values()
    assert json.loads(plain.text)["Statement"][-1]["Condition"] == wanted
    assert template(keys)["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"][-1]["Condition"] == wanted
    assert '"$${aws:PrincipalTag/x}"' in next(iter(made("terraform", keys).values())).text
    assert '"aws:PrincipalTag/a":"$${aws:PrincipalTag/x}"' in module(keys)["resource"]["aws_kms_key"]["key"]["policy"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("{spec: ML_KEM_768}", "`key` cannot be made by CloudFormation: it has no `ML_KEM_768` keys"),
        (
            "{custom_key_store: cks-1234567890abcdef0}",
            "`key` cannot be made by CloudFormation: it has no keys in custom key stores",
        ),
    ],
)
def test_what_cloudformation_cannot_make_is_refused(fields: str, message: str) -> None:
    assert refused("cloudformation", f"  key: {fields}\n") == [(message, 6)]


def test_names_that_one_format_cannot_tell_apart_are_refused() -> None:
    keys = "  a-b: {}\n  a_b: {}\n"
    assert refused("terraform", keys) == [("`a-b` and `a_b` would have the same name in Terraform", 7)]
    ((message, line),) = refused("cloudformation", keys)
    assert (message.startswith("`a_b` would have the logical id `AB`"), line) == (True, 7)
    assert list(made("json", keys)) == ["json/test/a-b.json", "json/test/a_b.json"]


def test_a_pretty_policy_that_would_be_too_large_is_written_without_white_space() -> None:
    people = "".join(f"      - role/some/path/Application{number:04d}\n" for number in range(500))
    (large,), (warning,) = compiled(f"{ADMIN}keys:\n  key:\n    users:\n{people}")
    assert warning.severity == "warning"
    (artefact,) = emit("json", large, Options())
    assert len(artefact.text.encode()) <= 32_768
    assert "\n" not in artefact.text
    assert len(json.dumps(json.loads(artefact.text), indent=2)) > 32_768


def many(count: int, shards: int = 1) -> tuple[str, str]:
    keys = "".join(
        f"  key-{number:03d}: {{aliases: [k{number}], users: [role/App, role/Web]}}\n" for number in range(count)
    )
    return keys, ADMIN + (f"cloudformation: {{shards: {shards}}}\n" if shards > 1 else "")


def test_a_template_over_a_limit_is_an_error_that_names_a_number_of_shards_that_suffices() -> None:
    keys, head = many(260)
    with pytest.raises(OutputError) as error:
        made("cloudformation-json", keys, head)
    (problem,) = error.value.problems
    assert "520 resources, 260 outputs and 0 parameters" in problem.message
    assert problem.hint is not None
    enough = int(problem.hint.split("shards: ")[1].split("}")[0])
    artefacts = made("cloudformation-json", keys, many(0, enough)[1])
    assert sum(len(artefact.keys) for artefact in artefacts.values()) == 260
    for path, artefact in artefacts.items():
        document = json.loads(artefact.text)
        assert len(artefact.text.encode()) <= 1_000_000
        assert len(document["Resources"]) <= 500
        assert len(document["Outputs"]) <= 200
        shard = int(path.split("shard")[1].split(".")[0]) - 1
        assert all(shard_of(key.name, enough) == shard for key in artefact.keys)


def test_a_key_with_more_references_than_a_template_takes_parameters_is_an_error() -> None:
    names = [f"r{number}" for number in range(201)]
    references = "".join(f"  {name}: {{account: own, cloudformation: !GetAtt {name.upper()}.Arn}}\n" for name in names)
    keys = f"  key: {{users: [{', '.join(names)}]}}\n"
    with pytest.raises(OutputError) as error:
        made("cloudformation-json", keys, f"{ADMIN}principals:\n{references}")
    (problem,) = error.value.problems
    assert "201 parameters" in problem.message
    assert problem.hint is not None
    assert "references: inline" in problem.hint


def test_another_key_never_moves_a_key_between_templates() -> None:
    def places(count: int) -> dict[str, str]:
        keys, head = many(count, 3)
        return {
            key.name: path
            for path, artefact in made("cloudformation-json", keys, head).items()
            for key in artefact.keys
        }

    few, more = places(20), places(40)
    assert len(set(few.values())) == 3
    assert few.items() <= more.items()


COMPANION = """\
  key:
    aliases: [x]
    users:
      - {principal: other/role/team/Etl, can: decrypt, when: {via: s3}}
      - {principal: role/Local, pin: false, can: encrypt}
      - {principal: sso/Admins}
      - {principal: other/user/bob, can: decrypt}
      - {principal: role/Direct}
      - {principal: role/Matched, pin: match}
    accounts: [other: {can: describe}]
"""


def test_the_companion_gives_every_caller_what_it_needs_beside_the_key_policy() -> None:
    artefacts = made("json", COMPANION, companion=True)
    names = {path.removeprefix("json/test/companion/") for path in artefacts if "companion" in path}
    assert names == {
        f"{OTHER}.role-Etl.json",
        f"{OTHER}.user-bob.json",
        f"{OTHER}.json",
        f"{OWN}.role-Local.json",
        f"{OWN}.permission-set-Admins.json",
    }
    assert json.loads(artefacts[f"json/test/companion/{OTHER}.role-Etl.json"].text) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeyEuWest1DecryptViaS3",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:DescribeKey"],
                "Resource": f"arn:aws:kms:eu-west-1:{OWN}:key/*",
                "Condition": {
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/x"},
                    "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
                },
            }
        ],
    }


def test_the_companion_of_a_key_that_exists_names_its_arn() -> None:
    keys = f"  key: {{existing: {ID}, users: [{{principal: other/role/Etl, can: decrypt}}]}}\n"
    artefacts = made("json", keys, companion=True)
    (statement,) = json.loads(artefacts[f"json/test/companion/{OTHER}.role-Etl.json"].text)["Statement"]
    assert statement["Resource"] == f"arn:aws:kms:eu-west-1:{OWN}:key/{ID}"
    assert "Condition" not in statement


def test_the_companion_in_the_stacks_takes_the_arn_as_an_input_and_is_attached() -> None:
    artefacts = made("terraform-json", COMPANION, companion=True)
    document = json.loads(artefacts[f"terraform-json/test/companion/{OTHER}.role-Etl/main.tf.json"].text)
    attached = document["resource"]["aws_iam_role_policy"]["kms"]
    assert (attached["role"], document["variable"]) == (
        "Etl",
        {"key_key_arn": {"description": "ARN of the key key", "type": "string"}},
    )
    assert "Resource  = var.key_key_arn" in attached["policy"] or "Resource = var.key_key_arn" in attached["policy"]
    whole = json.loads(artefacts[f"terraform-json/test/companion/{OTHER}/main.tf.json"].text)
    assert list(whole["resource"]) == ["aws_iam_policy"]
    templates = made("cloudformation-json", COMPANION, companion=True)
    policy = json.loads(templates[f"cloudformation-json/test.companion.{OTHER}.role-Etl.json"].text)
    properties = policy["Resources"]["KmsAccess"]["Properties"]
    assert properties["Roles"] == ["Etl"]
    assert properties["PolicyDocument"]["Statement"][0]["Resource"] == {"Ref": "KeyKeyArn"}
    assert policy["Parameters"] == {"KeyKeyArn": {"Type": "String", "Description": "ARN of the key key"}}


def test_a_companion_in_json_needs_something_to_name_the_key_by() -> None:
    keys = "  key: {users: [{principal: other/role/Etl, can: decrypt}]}\n"
    ((message, line),) = refused("json", keys, companion=True)
    assert message == "the ARN of `key` is not known before it is made, and it has no alias to name it by"
    assert line == 6


def test_a_companion_that_iam_would_not_take_is_refused() -> None:
    keys = "".join(f"  key-{number}: {{aliases: [k{number}], users: [other/role/Etl]}}\n" for number in range(40))
    ((message, _),) = refused("terraform", keys, companion=True)
    assert "IAM takes at most 6,144" in message


@pytest.mark.parametrize(
    ("intrinsic", "same"),
    [
        ({"Fn::ImportValue": "x"}, True),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}}, True),
        ({"Fn::ImportValue": {"Fn::Sub": "${Env}-x"}}, False),
        ({"Ref": "AWS::AccountId"}, True),
        ({"Ref": "Role"}, False),
        ({"Fn::GetAtt": ["Role", "Arn"]}, False),
        ({"Fn::Sub": ["${A}-${AWS::Region}-${!x}", {"A": {"Ref": "AWS::Partition"}}]}, True),
        ({"Fn::Sub": ["${A}", {"A": {"Ref": "Role"}}]}, False),
        ({"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}]]}, True),
        ({"Fn::FindInMap": ["a", "b", "c"]}, False),
    ],
)
def test_which_intrinsics_mean_the_same_in_any_template(intrinsic: Any, same: bool) -> None:
    assert stays(intrinsic) is same


@pytest.mark.parametrize("format_", EMITTERS)
def test_every_format_is_the_same_bytes_each_time(format_: str) -> None:
    first, second = (
        made(format_, EVERYTHING + COMPANION.replace("  key:", "  two:"), companion=True) for _ in range(2)
    )
    assert {path: one.text for path, one in first.items()} == {path: one.text for path, one in second.items()}


@pytest.mark.parametrize("format_", ["terraform", "terraform-json", "cloudformation", "cloudformation-json"])
@pytest.mark.parametrize("keys", ["  a: {aliases: [x/y, x-y]}\n", "  a: {aliases: [b_c]}\n  a_b: {aliases: [c]}\n"])
def test_aliases_that_would_be_one_resource_are_refused(format_: str, keys: str) -> None:
    if format_.startswith("cloud") and "a_b" in keys:
        assert len(template(keys)["Resources"]) == 4  # `AAliasBC` and `ABAliasC`
        return
    ((message, _),) = refused(format_, keys)
    assert "would have the" in message


def test_a_key_and_a_reference_of_one_name_are_refused() -> None:
    head = f"{ADMIN}principals: {{orders-api: {{account: own, cloudformation: !GetAtt A.Arn}}}}\n"
    keys = "  other: {users: [orders-api]}\n  orders-api-arn: {}\n"
    assert refused("cloudformation", keys, head) == [
        ("`OrdersApiArn` would be both a parameter and a resource of the template", 8)
    ]


def test_a_logical_id_too_long_for_cloudformation_is_refused() -> None:
    ((message, _),) = refused("cloudformation", f"  {'k' * 128}: {{aliases: [{'a' * 200}]}}\n")
    assert message == f"`{'k' * 128}` would have a logical id of 333 characters"


@pytest.mark.parametrize(
    "function",
    ['{"Fn::GetAtt": A.Arn}', "{'Fn::GetAtt': [A, Arn]}", "!GetAtt A.Arn", "!GetAtt [A, Arn]"],
)
def test_a_reference_comes_out_the_same_however_it_is_spelt(function: str) -> None:
    head = f"{ADMIN}references: inline\nprincipals: {{x: {{account: own, cloudformation: {function}}}}}\n"
    for format_ in ("cloudformation", "cloudformation-json"):
        (artefact,) = made(format_, "  key: {users: [x]}\n", head).values()
        document = yaml.load(artefact.text, Cloudformation)
        statements = document["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]
        assert {"AWS": {"Fn::GetAtt": ["A", "Arn"]}} in [one["Principal"] for one in statements]


def test_a_companion_for_somebody_of_whom_not_even_the_account_is_known_is_refused() -> None:
    principal = "{terraform: aws_iam_role.r.arn, cloudformation: !GetAtt R.Arn}"
    keys = f"  key: {{statements: [{{Effect: Allow, Principal: {{AWS: {principal}}}, Action: kms:Decrypt, Resource: '*'}}]}}\n"
    for format_ in ("terraform", "cloudformation"):
        made(format_, keys)
        ((message, line),) = refused(format_, keys, companion=True)
        assert (message, line) == (
            "whether `aws_iam_role.r` needs an IAM policy for `key` is not known: nothing says which account it is in",
            6,
        )


@pytest.mark.parametrize(("one", "other"), [("prod-eu", "prod_eu"), ("_", "b"), ("a.b", "a-b")])
def test_accounts_that_would_be_one_provider_are_refused(one: str, other: str) -> None:
    head = f'version: 1\naccounts: {{{one}: "{OWN}", {other}: "{OTHER}"}}\ndefaults: {{admins: [role/A]}}\n'
    keys = f"  x: {{account: {one}}}\n  y: {{account: {other}}}\n"
    for format_ in ("terraform", "terraform-json"):
        ((message, _),) = refused(format_, keys, head)
        assert message.endswith("would have the same provider in Terraform")
