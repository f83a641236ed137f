"""What an imported blueprint says beside who may do what: settings, names, comments, and keys that are live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kmsgen.importer import import_keys
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from tests.importer.support import LIBRARY, ROOT, allow, aws, compiled, entries, source
from tests.support import OTHER, OWN, REGION

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:{REGION}:{OWN}:key/{ID}"
SYMMETRIC = {"spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "multi_region": False}


def live(name: str = "orders/data") -> SourceKey:
    facts = KeyFacts(OWN, REGION, ARN, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", False)
    settings = {**SYMMETRIC, "description": "Orders", "tags": {"a": "b"}, "rotation": 365}
    policy = source(ROOT).policy
    return SourceKey(
        name, policy, "aws", ARN, facts=facts, key_id=ID, aliases=("alias/orders/data",), settings=settings
    )


def test_of_a_live_key_the_policy_alone_is_imported() -> None:
    made = import_keys([live()], LIBRARY)
    assert entries(made.text)[:4] == [
        "  orders-data:",
        f"    existing: {ARN}",
        "    account: main",
        f"    region: {REGION}",
    ]
    assert "# called alias/orders/data" in made.text
    assert compiled(made.text)[0].existing == ARN


def test_of_a_key_that_a_stack_makes_all_settings_become_fields() -> None:
    settings = {
        **SYMMETRIC, "description": "Orders: all", "aliases": ["alias/orders"], "rotation": 180, "deletion_window": 14,
        "enabled": False, "tags": {"owner": "no", "aws:cloudformation:stack-name": "x"},
    }  # fmt: skip
    key = replace(source(ROOT), kind="terraform", name="module.a.aws_kms_key.orders[0]", settings=settings)
    (made,) = compiled(import_keys([key], LIBRARY).text)
    assert made.name == "module-a-orders-0"
    assert made.description == "Orders: all"
    assert made.aliases == ("alias/orders",)
    assert (made.rotation, made.deletion_window, made.enabled) == (180, 14, False)
    assert made.tags == (("owner", "no"),)


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({**SYMMETRIC, "rotation": None}, ["    rotation: false"]),
        ({**SYMMETRIC, "rotation": True}, []),
        ({"spec": "RSA_2048", "usage": "SIGN_VERIFY", "rotation": None}, ["    spec: RSA_2048", "    usage: SIGN_VERIFY"]),
        ({"spec": "HMAC_256", "usage": "GENERATE_VERIFY_MAC"}, ["    spec: HMAC_256"]),
        ({**SYMMETRIC, "origin": "EXTERNAL"}, ["    origin: EXTERNAL"]),
        ({**SYMMETRIC, "multi_region": True}, [f"    multi_region: [{REGION}]"]),
    ],
)  # fmt: skip
def test_what_is_usual_is_left_out(settings: dict[str, object], fields: list[str]) -> None:
    key = replace(source(ROOT), kind="cloudformation", settings=settings)
    lines = entries(import_keys([key], LIBRARY).text)
    usual = {"  orders:", "    account: main", f"    region: {REGION}", "    root: delegate"}
    assert [line for line in lines if line not in usual] == fields


def test_what_looks_wrong_stands_above_what_it_is_about() -> None:
    def findings(key: SourceKey) -> list[tuple[int | None, str, str]]:
        return [(None, "KMS900", f"{key.name}\nis odd"), (0, "KMS101", "too wide"), (1, "KMS102", "reads")]

    key = source(ROOT, allow(aws("Reader"), "kms:Decrypt", "kms:DescribeKey", sid="Read"))
    lines = [line.strip() for line in import_keys([key], LIBRARY, findings=findings).text.splitlines()]
    assert lines[lines.index("orders:") - 1] == "# KMS900: orders is odd"
    assert lines[lines.index("root: delegate") - 2] == "# KMS101: too wide"
    at = lines.index("- {principal: role/Reader, can: decrypt}")
    assert lines[at - 2 : at] == ['# from Statement[1] "Read"', "# KMS102: reads"]


def test_names_of_keys_differ_in_more_than_case_and_accounts_get_names() -> None:
    keys = [
        source(ROOT, name="a/b"),
        source(ROOT, allow(aws(OTHER), "kms:Decrypt", "kms:DescribeKey"), name="A-b"),
        replace(source(ROOT), name="c", facts=KeyFacts(OTHER, REGION)),
    ]
    keys[2] = replace(keys[2], policy=source(allow({"AWS": OTHER}, "kms:*")).policy)
    text = import_keys(keys, LIBRARY).text
    assert 'accounts: {main-2222: "111122223333"' not in text
    assert f'accounts: {{main-3333: "{OWN}", main-6666: "{OTHER}"}}' in text
    keys_of = [line.partition(":")[0] for line in entries(text) if line.startswith("  ") and line[2] != " "]
    assert keys_of == ["  a-b", "  A-b-2", "  c"]
    assert "      - {main-6666: {can: decrypt}}" in entries(text)


def test_long_principals_and_those_that_stand_often_get_names() -> None:
    long = f"arn:aws:iam::{OTHER}:role/a-very-long-path/for-a-team/TheRoleOfTheJob"
    text = import_keys([source(ROOT, allow(aws(long, "App"), "kms:Decrypt", "kms:DescribeKey"))], LIBRARY).text
    assert "principals: {the-role-of-the-job: other/role/a-very-long-path/for-a-team/TheRoleOfTheJob}" in text
    assert "      - {principal: [the-role-of-the-job, role/App], can: decrypt}" in entries(text)


def test_an_alias_is_kept_for_one_key_of_an_account_and_region() -> None:
    keys = [source(ROOT, name=name, aliases=("alias/orders",)) for name in ("one", "two")]
    made = import_keys(keys, LIBRARY)
    assert [key.aliases for key in compiled(made.text)] == [("alias/orders",), ()]
    assert "# left out: alias/orders, which is another key's here" in made.text


def test_keys_of_a_multi_region_set_that_say_the_same_become_one() -> None:
    replicate = allow(aws("Admin"), "kms:ReplicateKey", StringEquals={"kms:ReplicaRegion": "us-east-1"})
    move = allow(aws("Admin"), "kms:UpdatePrimaryRegion", StringEquals={"kms:PrimaryRegion": [REGION, "us-east-1"]})
    key = source(ROOT, replicate, move, allow(aws("Admin"), "kms:DescribeKey"))
    replica = replace(key, name="orders-replica", facts=KeyFacts(OWN, "us-east-1"))
    made = import_keys([key, replica], LIBRARY)
    assert [(one.name, one.region) for one in compiled(made.text)] == [("orders", REGION), ("orders", "us-east-1")]
    assert "- {principal: role/Admin, can: replicate}" in made.text
