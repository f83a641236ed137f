"""Environments, includes, `for_each`, Regions: one blueprint becoming several keys, and whose word counts."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.policy.key import Key
from tests.support import HEAD, OTHER, OWN, bundle, compiled, keys, messages, role


def names(text: str, files: dict[str, str] | None = None) -> list[tuple[str, str, str | None]]:
    bundles, problems = compiled(text, files)
    assert not problems, "\n".join(map(str, problems))
    return [(one.name, key.name, key.region) for one in bundles for key in one.keys]


def users(key: Key) -> set[str]:
    return {
        principal.value
        for statement in key.policy.statements
        if "kms:Decrypt" in statement.actions
        for principal in statement.principals
    }


def test_environments_make_the_blueprint_once_each() -> None:
    text = f"""{HEAD}
environments: {{dev: {{region: eu-west-1}}, prod: {{region: [eu-west-1, us-east-1]}}}}
keys:
  key: {{admins: [role/A]}}
  related: {{admins: [role/A], multi_region: [eu-central-1, us-east-2]}}
"""
    assert names(text) == [
        ("dev/test", "key", "eu-west-1"),
        ("dev/test", "related", "eu-central-1"),
        ("dev/test", "related", "us-east-2"),
        ("prod/test", "key", "eu-west-1"),
        ("prod/test", "key", "us-east-1"),
        ("prod/test", "related", "eu-central-1"),
        ("prod/test", "related", "us-east-2"),
    ]


def test_the_nearest_word_counts() -> None:
    text = """\
version: 1
include: [shared.yaml]
accounts: {own: "111122223333"}
defaults: {deletion_window: 11, tags: {a: file, b: file}, admins: [role/File]}
environments:
  dev: {deletion_window: 12, tags: {b: environment}, +admins: [role/Environment]}
keys:
  plain: {}
  own: {deletion_window: 13, tags: {c: key}, +admins: [role/Key]}
  own-in-dev:
    deletion_window: 13
    admins: [role/Only]
    tags: null
    environments: {dev: {deletion_window: 14, +admins: role/More}}
  cleared: {deletion_window: null, tags: {a: null}}
"""
    shared = """\
version: 1
accounts: {own: "999999999999"}
defaults: {account: own, region: eu-west-1, deletion_window: 10, description: shared, tags: {z: include}}
"""
    made = {key.name: key for one in compiled(text, {"shared.yaml": shared})[0] for key in one.keys}
    assert not compiled(text, {"shared.yaml": shared})[1]
    assert {key.account for key in made.values()} == {"111122223333"}
    assert {key.description for key in made.values()} == {"shared"}
    windows = {name: key.deletion_window for name, key in made.items()}
    assert windows == {"plain": 12, "own": 13, "own-in-dev": 14, "cleared": 30}
    assert {name: dict(key.tags) for name, key in made.items()} == {
        "plain": {"z": "include", "a": "file", "b": "environment"},
        "own": {"z": "include", "a": "file", "b": "environment", "c": "key"},
        "own-in-dev": {},
        "cleared": {"z": "include", "b": "environment"},
    }

    def admins(name: str) -> set[str]:
        (statement,) = [one for one in made[name].policy.statements if one.sid == "Admin"]
        return {principal.value.rpartition("/")[2] for principal in statement.principals}

    assert admins("plain") == {"File", "Environment"}
    assert admins("own") == {"File", "Environment", "Key"}
    assert admins("own-in-dev") == {"Only", "More"}


def test_includes_bring_in_what_is_shared_and_the_file_itself_wins() -> None:
    files = {
        "shared/a.yaml": "version: 1\ninclude: [b.yaml]\nprincipals: {app: role/FromA, web: role/Web}\n",
        "shared/b.yaml": """\
organization: o-bbbbbbbbbb
accounts: {own: "111122223333", other: "444455556666"}
principals: {app: role/FromB, batch: other/role/Batch}
environments: {dev: {vars: {suffix: Dev}}, prod: {vars: {suffix: Prod}}}
""",
    }
    text = """\
version: 1
include: shared/a.yaml
principals: {web: role/Own}
environments: {prod: {vars: {suffix: Live}}}
keys:
  key: {account: own, region: eu-west-1, admins: [role/A], users: [app, web, batch, "role/X${suffix}"]}
"""
    bundles, problems = compiled(text, files)
    assert not problems
    assert [one.name for one in bundles] == ["dev/test", "prod/test"]
    expected = {role("FromA"), role("Own"), role("Batch", OTHER)}
    assert users(bundles[0].keys[0]) == expected | {role("XDev")}
    assert users(bundles[1].keys[0]) == expected | {role("XLive")}


def test_a_mistake_in_an_include_is_told_at_its_own_place() -> None:
    text = f"{HEAD}include: [shared.yaml]\nkeys: {{}}\n"
    _, (problem,) = compiled(text, {"shared.yaml": "accounts:\n  x: 12\n"})
    assert problem.at is not None
    assert (problem.at.file, problem.at.line, problem.at.column) == ("shared.yaml", 2, 6)


def test_for_each_makes_one_key_for_each_entry() -> None:
    text = f"""{HEAD}
keys:
  tenant:
    for_each: {{eu: {{bucket: a, who: {{name: Eu}}}}, us: {{bucket: b, who: {{name: Us}}}}}}
    admins: [role/A]
    aliases: ["${{each.key}}/${{each.value.bucket}}"]
    users: ["role/${{each.value.who.name}}"]
  "${{each.key}}-logs":
    for_each: [x, z]
    description: for ${{each.value}} in ${{region}} of ${{account}}
    admins: [role/A]
"""
    made = keys(text)
    assert list(made) == ["tenant-eu", "tenant-us", "x-logs", "z-logs"]
    assert made["tenant-us"].aliases == ("alias/us/b",)
    assert users(made["tenant-eu"]) == {role("Eu")}
    assert made["z-logs"].description == f"for z in eu-west-1 of {OWN}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${aws:PrincipalTag/team}", "${aws:PrincipalTag/team}"),
        ("${*} ${?} ${$}", "${*} ${?} ${$}"),
        ("$${region}", "${region}"),
        ("$$${region}", "$${region}"),
        ("${region}$", "eu-west-1$"),
        ("${region}${account}", f"eu-west-1{OWN}"),
        ("{region}", "{region}"),
        ("{{ region }}", "{{ region }}"),
    ],
)
def test_what_variables_become(written: str, expected: str) -> None:
    text = f"{HEAD}keys:\n  key: {{admins: [role/A], description: '{written}'}}\n"
    assert keys(text)["key"].description == expected


def test_what_a_variable_holds_is_not_looked_at_again() -> None:
    text = f"{HEAD}environments: {{dev: {{vars: {{a: '${{region}} {{{{ x }}}}'}}}}}}\nkeys:\n  key: {{admins: [role/A], description: '${{a}}'}}\n"
    assert compiled(text)[0][0].keys[0].description == "${region} {{ x }}"


def test_variables_are_for_values_and_never_for_references() -> None:
    text = f"""{HEAD}
principals:
  worker: {{account: own, cloudformation: !Sub "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/${{region}}"}}
keys:
  key: {{admins: [role/A], users: [worker]}}
"""
    (statement,) = [one for one in bundle(text).keys[0].policy.statements if "kms:Decrypt" in one.actions]
    (principal,) = statement.principals
    reference: Any = principal.value
    assert reference.cloudformation == {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${region}"}
    assert reference.arn is None


def test_aliases_of_yaml_repeat_a_value_and_its_place() -> None:
    text = f"{HEAD}keys:\n  a: {{admins: &who [role/A, rol/B]}}\n  b: {{admins: *who}}\n"
    assert messages(text) == ["6:29: unknown account `rol` in `rol/B`"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{}", 365),
        ("{rotation: true}", 365),
        ("{rotation: 90}", 90),
        ("{rotation: false}", None),
        ("{spec: HMAC_256}", None),
        ("{origin: EXTERNAL}", None),
    ],
)
def test_rotation_is_on_wherever_it_can_be(fields: str, expected: int | None) -> None:
    text = f"{HEAD}keys:\n  key: {fields}\n".replace("defaults: {", "defaults: {admins: [role/A], ")
    assert keys(text)["key"].rotation == expected


def test_a_default_that_a_key_cannot_have_is_passed_over() -> None:
    text = f"{HEAD}keys:\n  key: {{spec: HMAC_256}}\n".replace(
        "defaults: {", "defaults: {admins: [role/A], rotation: 180, "
    )
    assert keys(text)["key"].rotation is None


def test_an_item_that_stands_alone_for_a_list_replaces_and_lends_nothing() -> None:
    text = f"""{
        HEAD.replace(
            "region: eu-west-1}",
            "region: eu-west-1, deployer: {principal: role/D, pin: false}, "
            "admins: {principal: role/Admin, can: [admin, delete]}}",
        )
    }
keys:
  key: {{admins: {{principal: role/Small}}, deployer: {{principal: role/Other}}}}
"""
    (key,) = keys(text).values()
    named = {principal.value for statement in key.policy.statements for principal in statement.principals}
    assert named == {f"arn:aws:iam::{OWN}:root", role("Small"), role("Other")}
    assert not any("kms:ScheduleKeyDeletion" in statement.actions for statement in key.policy.statements)


def test_the_variables_of_an_environment_may_say_its_name() -> None:
    text = f"""{HEAD}
environments: {{dev: {{vars: {{bucket: "logs-${{environment}}-$${{x}}"}}}}}}
keys: {{key: {{admins: [role/A], description: "of ${{bucket}}"}}}}
"""
    ((made,), problems) = compiled(text)
    assert (made.keys[0].description, problems) == ("of logs-dev-${x}", ())
    wrong = text.replace("${environment}-", "${region}-")
    assert messages(wrong) == ["6:43: unknown variable `${region}`"]


def test_an_included_file_counts_once_however_many_name_it() -> None:
    files = {f"{n}.yaml": f"version: 1\ninclude: [{n + 1}.yaml, {n + 1}.yaml]\n" for n in range(40)}
    files |= {"40.yaml": "version: 1\ndefaults: {description: base, deletion_window: 7}\n"}
    files |= {"b.yaml": "version: 1\ninclude: 40.yaml\ndefaults: {description: b}\n"}
    text = f"{HEAD}include: [b.yaml, 0.yaml]\nkeys: {{key: {{admins: [role/A]}}}}\n"
    (made,) = compiled(text, files)[0]
    assert (made.keys[0].description, made.keys[0].deletion_window) == ("b", 7)


def test_of_a_multi_region_key_nothing_is_left_where_one_region_fails() -> None:
    text = f"""{HEAD.replace(", region: eu-west-1", "")}
keys:
  key: {{admins: [role/A], multi_region: [eu-west-1, us-east-1], users: [{{principal: role/B, when: {{via: s3.us-east-1.amazonaws.com}}}}]}}
  other: {{admins: [role/A], region: eu-west-1}}
"""
    (made,), problems = compiled(text)
    assert [key.name for key in made.keys] == ["other"]
    assert [problem.message for problem in problems] == [
        "`s3.us-east-1.amazonaws.com` never calls a key in `eu-west-1`"
    ]


def test_an_alias_names_one_key_of_an_account_and_region() -> None:
    keys_ = "keys:\n  a: {aliases: [x], admins: [role/A]}\n  b: {aliases: [alias/x], admins: [role/A]}\n"
    assert messages(f"{HEAD}{keys_}") == [
        f"7:3: `alias/x` would name two keys in account {OWN} and Region eu-west-1, `a` and `b`"
    ]
    apart = keys_.replace("alias/x]", "alias/x], region: us-east-1")
    assert messages(f"{HEAD}{apart}") == []
    several = f"{HEAD}environments: {{dev: {{}}, prod: {{}}, other: {{account: other}}}}\nkeys: {{a: {{aliases: [x], admins: [role/A]}}}}"
    assert messages(several) == [
        f"6:8: `alias/x` would name a key of several environments in account {OWN} and Region eu-west-1"
    ]
