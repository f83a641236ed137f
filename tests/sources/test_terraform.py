"""Plans and states of `terraform show -json`: what is known is read, what is not is said to be unknown, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Principal
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, SourceKey, load

ACCOUNT, REGION = "111122223333", "eu-west-1"


def policy(role: str = "App") -> str:
    statement = {
        "Sid": role,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{role}"},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def resource(address: str, index: object = None, module: str = "", **values: Any) -> dict[str, Any]:
    """A resource as `planned_values` and `values` have it."""
    kind, name = address.split(".")
    full = f"{address}[{json.dumps(index)}]" if index is not None else address
    one = {
        "address": f"{module}.{full}" if module else full,
        "mode": "managed",
        "type": kind,
        "name": name,
        "values": values,
    }
    return one if index is None else {**one, "index": index}


def plan(
    *resources: dict[str, Any],
    unknown: dict[str, Any] | None = None,
    refers: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A plan of root resources; `unknown` and `refers` (address to attribute to references) are about some of them."""
    unknown, refers = unknown or {}, refers or {}
    labels = {f"{one['type']}.{one['name']}" for one in resources}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(resources)}},
        "resource_changes": [
            {
                **{name: value for name, value in one.items() if name != "values"},
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": one["values"],
                    "after_unknown": unknown.get(one["address"], {}),
                },
            }
            for one in resources
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        "address": label,
                        "mode": "managed",
                        "type": label.split(".")[0],
                        "name": label.split(".")[1],
                        "expressions": {
                            attribute: {"references": names} if names else {"constant_value": None}
                            for attribute, names in refers.get(label, {}).items()
                        },
                    }
                    for label in sorted(labels)
                ]
            }
        },
    }


def state(*resources: dict[str, Any], **modules: list[dict[str, Any]]) -> dict[str, Any]:
    children = [{"address": f"module.{name}", "resources": some} for name, some in modules.items()]
    return {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {"root_module": {"resources": list(resources), "child_modules": children}},
    }


def keys(tmp_path: Path, document: object, options: Options | None = None) -> dict[str, SourceKey]:
    path = tmp_path / "shown.json"
    path.write_text(json.dumps(document))
    return {key.name: key for key in load(str(path), options).keys}


def role_of(key: SourceKey) -> str:
    assert key.policy is not None
    (statement,) = key.policy.statements
    (principal,) = statement.principals
    return principal.value.rpartition("/")[2]


def test_a_state_tells_all_of_a_key(tmp_path: Path) -> None:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"
    found = keys(
        tmp_path,
        state(
            resource(
                "aws_kms_key.orders", arn=arn, key_id="1234", policy=policy(), description="Orders", is_enabled=True,
                enable_key_rotation=True, rotation_period_in_days=180, deletion_window_in_days=14, multi_region=False,
                customer_master_key_spec="SYMMETRIC_DEFAULT", key_usage="ENCRYPT_DECRYPT", tags={"a": "b"},
                tags_all={"a": "b", "c": "d"},
            ),
            resource("aws_kms_alias.orders", name="alias/orders", target_key_id="1234"),
            resource("aws_s3_bucket.other", bucket="x"),
        ),
    )  # fmt: skip
    key = found.pop("aws_kms_key.orders")
    assert not found
    assert role_of(key) == "App"
    assert key.facts == KeyFacts(ACCOUNT, REGION, arn, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", False)
    assert (key.key_id, key.aliases, key.names) == ("1234", ("alias/orders",), ("orders",))
    assert key.settings == {
        "description": "Orders", "enabled": True, "rotation": 180, "deletion_window": 14, "multi_region": False,
        "tags": {"a": "b", "c": "d"}, "aliases": ["alias/orders"], "spec": "SYMMETRIC_DEFAULT",
        "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS",
    }  # fmt: skip
    assert key.where.endswith("shown.json: aws_kms_key.orders")


def test_every_kind_of_key_is_one_also_in_modules_and_by_index(tmp_path: Path) -> None:
    kinds = ("aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
    document = state(
        *(resource(f"{kind}.one", policy=policy()) for kind in kinds),
        kms=[resource("aws_kms_key.this", index, module="module.kms", policy=policy()) for index in ("eu", "us")],
    )
    found = keys(tmp_path, document)
    assert set(found) == {
        *(f"{kind}.one" for kind in kinds),
        *(f'module.kms.aws_kms_key.this["{one}"]' for one in ("eu", "us")),
    }
    assert found['module.kms.aws_kms_key.this["eu"]'].names == ("this", "eu", "this.eu")
    assert found["aws_kms_replica_key.one"].settings["multi_region"] is True
    assert "rotation" not in found["aws_kms_replica_key.one"].settings
    assert found["aws_kms_external_key.one"].settings["origin"] == "EXTERNAL"


def test_a_policy_that_is_unknown_says_what_it_refers_to(tmp_path: Path) -> None:
    key = resource("aws_kms_key.orders", description="x")
    references = {"policy": ["aws_iam_role.app.arn", "aws_iam_role.app", "data.aws_caller_identity.me"]}
    document = plan(
        key, unknown={"aws_kms_key.orders": {"policy": True, "arn": True}}, refers={"aws_kms_key.orders": references}
    )
    found = keys(tmp_path, document)["aws_kms_key.orders"]
    assert (found.policy, found.reason) == (
        None,
        "unknown until apply, refers to aws_iam_role.app.arn, data.aws_caller_identity.me",
    )


def test_a_key_without_a_policy_has_that_of_kms(tmp_path: Path) -> None:
    key = resource("aws_kms_key.orders")
    document = plan(key, unknown={"aws_kms_key.orders": {"policy": True}})
    found = keys(tmp_path, document, Options(account=ACCOUNT))["aws_kms_key.orders"]
    assert found.policy is not None
    (statement,) = found.policy.statements
    assert statement.principals == {Principal("AWS", f"arn:aws:iam::{ACCOUNT}:root")}
    assert statement.actions == {"kms:*"}
    assert found.notes == ("no policy is given: KMS gives its own",)


@pytest.mark.parametrize(
    ("attached", "unknown", "refers", "expected"),
    [
        ({"policy": policy("Attached")}, {"key_id": True}, ["aws_kms_key.orders.id", "aws_kms_key.orders"], "Attached"),
        ({"key_id": "1234", "policy": policy("Attached")}, {}, ["local.id"], "Attached"),
        ({}, {"key_id": True, "policy": True}, ["aws_kms_key.orders.id"], "unknown until apply, refers to var.p"),
    ],
    ids=["by reference", "by id", "unknown"],
)
def test_a_policy_of_its_own_is_the_keys(
    tmp_path: Path, attached: dict[str, Any], unknown: dict[str, Any], refers: list[str], expected: str
) -> None:
    document = plan(
        resource("aws_kms_key.orders", key_id="1234"),
        resource("aws_kms_key_policy.orders", **attached),
        unknown={"aws_kms_key_policy.orders": unknown, "aws_kms_key.orders": {"policy": True}},
        refers={"aws_kms_key_policy.orders": {"key_id": refers, "policy": ["var.p"]}},
    )
    (found,) = keys(tmp_path, document).values()
    assert (role_of(found) if found.policy else found.reason) == expected


def test_a_policy_that_is_said_twice_is_not_guessed(tmp_path: Path) -> None:
    document = plan(
        resource("aws_kms_key.orders", key_id="1234", policy=policy()),
        resource("aws_kms_key_policy.orders", key_id="1234", policy=policy("Other")),
        refers={"aws_kms_key.orders": {"policy": []}, "aws_kms_key_policy.orders": {"key_id": [], "policy": []}},
    )
    (found,) = keys(tmp_path, document).values()
    assert found.reason == "its policy is said twice: by its own `policy` and by `aws_kms_key_policy.orders`"


def test_a_policy_for_who_knows_which_key_leaves_no_key_certain(tmp_path: Path) -> None:
    document = plan(
        resource("aws_kms_key.orders"),
        resource("aws_kms_key_policy.vague", policy=policy()),
        unknown={"aws_kms_key_policy.vague": {"key_id": True}, "aws_kms_key.orders": {"policy": True}},
        refers={"aws_kms_key_policy.vague": {"key_id": ["var.key_id"], "policy": []}},
    )
    found = keys(tmp_path, document)
    assert found["aws_kms_key.orders"].reason == "unknown until apply: `aws_kms_key_policy.vague` may be its policy"
    assert found["aws_kms_key_policy.vague"].reason == (
        "unknown until apply: the key that it belongs to, refers to var.key_id"
    )


def test_a_policy_for_a_key_that_is_managed_elsewhere_is_a_key(tmp_path: Path) -> None:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/abcd"
    found = keys(tmp_path, state(resource("aws_kms_key_policy.lake", key_id=arn, policy=policy())))
    key = found["aws_kms_key_policy.lake"]
    assert (key.arn, key.key_id, key.facts.account, role_of(key)) == (arn, "abcd", ACCOUNT, "App")


def test_indexed_policies_and_aliases_go_to_the_key_of_their_index(tmp_path: Path) -> None:
    some = [resource("aws_kms_key.k", index, description=index) for index in ("a", "b")]
    policies = [resource("aws_kms_key_policy.k", index, policy=policy(index.upper())) for index in ("a", "b")]
    aliases = [resource("aws_kms_alias.k", index, name=f"alias/{index}") for index in ("a", "b")]
    unknown = {one["address"]: {"key_id": True, "target_key_id": True} for one in (*policies, *aliases)}
    refers = {
        "aws_kms_key_policy.k": {"key_id": ["aws_kms_key.k", "each.key"], "policy": []},
        "aws_kms_alias.k": {"target_key_id": ["aws_kms_key.k", "each.key"]},
    }
    found = keys(tmp_path, plan(*some, *policies, *aliases, unknown=unknown, refers=refers))
    assert {name: (role_of(key), key.aliases) for name, key in found.items()} == {
        'aws_kms_key.k["a"]': ("A", ("alias/a",)),
        'aws_kms_key.k["b"]': ("B", ("alias/b",)),
    }


def test_a_key_that_is_destroyed_is_not_in_the_plan(tmp_path: Path) -> None:
    document = plan(resource("aws_kms_key.kept", policy=policy()), refers={"aws_kms_key.kept": {"policy": []}})
    gone = {**resource("aws_kms_key.gone"), "change": {"actions": ["delete"], "before": {}, "after": None}}
    document["resource_changes"].append(gone)
    assert set(keys(tmp_path, document)) == {"aws_kms_key.kept"}


def test_settings_that_are_unknown_are_left_out_and_told(tmp_path: Path) -> None:
    document = plan(
        resource("aws_kms_key.orders", policy=policy()),
        unknown={"aws_kms_key.orders": {"description": True, "tags": {"owner": True}, "key_usage": True}},
        refers={"aws_kms_key.orders": {"policy": [], "description": ["var.words"], "tags": ["var.owner"]}},
    )
    key = keys(tmp_path, document)["aws_kms_key.orders"]
    assert {"description", "tags", "usage"}.isdisjoint(key.settings)
    assert key.notes == (
        "`description` is unknown until apply, refers to var.words",
        "`tags` is unknown until apply, refers to var.owner",
    )


def test_a_malformed_policy_is_said_to_be_so(tmp_path: Path) -> None:
    found = keys(
        tmp_path, state(resource("aws_kms_key.orders", policy="{}"), resource("aws_kms_key.other", policy="{"))
    )
    assert found["aws_kms_key.orders"].reason == "its policy is malformed: the policy has no `Statement`"
    assert found["aws_kms_key.other"].reason is not None
    assert found["aws_kms_key.other"].reason.startswith("its policy is malformed: not valid JSON")


def test_an_empty_state_has_no_keys(tmp_path: Path) -> None:
    assert keys(tmp_path, {"format_version": "1.0", "terraform_version": "1.11.4"}) == {}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            {"format_version": "2.0", "values": {}},
            "`format_version` is `2.0`, and only 1.x of `terraform show -json` is read",
        ),
        ({"planned_values": {}}, "`format_version` is `None`, and only 1.x of `terraform show -json` is read"),
        ({"version": 4, "serial": 1, "lineage": "x", "resources": []}, "this is a state of Terraform's and no source"),
    ],
)
def test_other_files_of_terraforms_are_refused(tmp_path: Path, document: object, said: str) -> None:
    with pytest.raises(KmsgenError) as refused:
        keys(tmp_path, document)
    assert refused.value.problems[0].message.startswith(said)
    assert refused.value.problems[0].at is not None


def test_a_plan_that_ended_in_an_error_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KmsgenError, match="the plan ended in an error"):
        keys(tmp_path, {**plan(resource("aws_kms_key.a", policy=policy())), "errored": True})


def test_a_key_that_is_deferred_is_unknown(tmp_path: Path) -> None:
    later = {key: value for key, value in resource("aws_kms_key.later").items() if key != "values"}
    document = {**plan(), "deferred_changes": [{"reason": "provider_config_unknown", "resource_change": later}]}
    (found,) = keys(tmp_path, document).values()
    assert found.reason == "unknown until apply: Terraform defers it to a later plan"


def test_a_mistake_in_a_plan_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format_version": "1.2",\n "values": {},\n "values": {}}')
    with pytest.raises(KmsgenError) as refused:
        load(str(tmp_path / "plan.json"))
    assert str(refused.value).endswith("plan.json:3:2: `values` stands twice in one object")


def test_the_keys_of_a_multi_region_set_are_told_apart_by_their_region(tmp_path: Path) -> None:
    arns = {region: f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-1" for region in ("eu-west-1", "us-east-1")}
    found = keys(
        tmp_path,
        state(
            resource("aws_kms_key.primary", arn=arns["eu-west-1"], key_id="mrk-1", policy=policy()),
            resource("aws_kms_replica_key.replica", arn=arns["us-east-1"], key_id="mrk-1", policy=policy()),
            resource("aws_kms_key_policy.of_replica", key_id=arns["us-east-1"], policy=policy("Replica")),
            resource("aws_kms_key_policy.of_primary", key_id="mrk-1", region="eu-west-1", policy=policy("Primary")),
            resource(
                "aws_kms_alias.a", name="alias/a", target_key_id="mrk-1", arn=f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"
            ),
        ),
    )
    assert {name: (role_of(key), key.aliases) for name, key in found.items()} == {
        "aws_kms_key.primary": ("Primary", ()),
        "aws_kms_replica_key.replica": ("Replica", ("alias/a",)),
    }


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("aws_kms_external_key", {"key_spec": "HMAC_256", "key_usage": "GENERATE_VERIFY_MAC"}, ("HMAC_256", "GENERATE_VERIFY_MAC")),
        ("aws_kms_external_key", {"key_spec": None, "key_usage": "GENERATE_VERIFY_MAC"}, (None, "GENERATE_VERIFY_MAC")),
        ("aws_kms_external_key", {"key_usage": "ENCRYPT_DECRYPT"}, ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")),
        ("aws_kms_replica_key", {"key_spec": "RSA_2048", "key_usage": "SIGN_VERIFY"}, ("RSA_2048", "SIGN_VERIFY")),
        ("aws_kms_replica_external_key", {"key_usage": "ENCRYPT_DECRYPT"}, (None, "ENCRYPT_DECRYPT")),
        ("aws_kms_replica_key", {}, (None, None)),
    ],
)  # fmt: skip
def test_spec_and_usage_are_what_the_resource_tells_of_them(
    tmp_path: Path, kind: str, values: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    (key,) = keys(tmp_path, state(resource(f"{kind}.key", policy=policy(), **values))).values()
    assert (key.facts.spec, key.facts.usage) == expected


def test_the_place_of_a_planned_key_is_that_of_its_provider(tmp_path: Path) -> None:
    document = plan(resource("aws_kms_key.one", policy=policy()))
    document["configuration"]["root_module"]["resources"][0]["provider_config_key"] = "aws.here"
    said: dict[str, Any] = {"allowed_account_ids": {"constant_value": [ACCOUNT]}, "region": {"constant_value": REGION}}
    document["configuration"]["provider_config"] = {"aws.here": {"name": "aws", "expressions": said}}
    assert keys(tmp_path, document)["aws_kms_key.one"].facts.region == REGION
    assert keys(tmp_path, document)["aws_kms_key.one"].facts.account == ACCOUNT
    said["allowed_account_ids"]["constant_value"].append("444455556666")
    said["region"] = {"references": ["var.region"]}
    (key,) = keys(tmp_path, document).values()
    assert (key.facts.account, key.facts.region) == (None, None)


def test_a_key_that_waits_for_its_material_is_not_said_to_be_disabled(tmp_path: Path) -> None:
    values: dict[str, Any] = {"policy": policy(), "enabled": False, "key_state": "PendingImport"}
    (key,) = keys(tmp_path, state(resource("aws_kms_external_key.key", **values))).values()
    assert "enabled" not in key.settings
    (key,) = keys(tmp_path, state(resource("aws_kms_external_key.key", **{**values, "key_state": "Disabled"}))).values()
    assert key.settings["enabled"] is False


def test_a_replica_says_which_key_of_the_plan_is_its_primary(tmp_path: Path) -> None:
    elsewhere = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/mrk-9"
    found = keys(
        tmp_path,
        plan(
            resource("aws_kms_key.primary", policy=policy(), multi_region=True),
            resource("aws_kms_key.single", policy=policy(), multi_region=False),
            resource("aws_kms_replica_key.near", policy=policy()),
            resource("aws_kms_replica_key.far", policy=policy(), primary_key_arn=elsewhere),
            resource("aws_kms_replica_key.lost", policy=policy()),
            unknown={
                "aws_kms_replica_key.near": {"primary_key_arn": True},
                "aws_kms_replica_key.lost": {"primary_key_arn": True},
            },
            refers={
                "aws_kms_replica_key.near": {"primary_key_arn": ["aws_kms_key.primary.arn", "aws_kms_key.primary"]},
                "aws_kms_replica_key.lost": {"primary_key_arn": ["var.primary"]},
            },
        ),
    )
    primary = f"{tmp_path / 'shown.json'}\x1faws_kms_key.primary"
    assert {name: (key.is_primary, key.kin) for name, key in found.items()} == {
        "aws_kms_key.primary": (True, (primary,)),
        "aws_kms_key.single": (None, ()),
        "aws_kms_replica_key.near": (False, (primary,)),
        "aws_kms_replica_key.far": (False, ("mrk-9",)),
        "aws_kms_replica_key.lost": (False, ()),
    }
