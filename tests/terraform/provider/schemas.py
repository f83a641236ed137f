"""The schemas of AWS's provider for Terraform, as far as keys, their policies and what stands around them go.

Arguments, types, flags and defaults are those of hashicorp/aws 6.11 and later:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key
"""

from __future__ import annotations

from tf.schema import Attribute, Block, Schema
from tf.types import Bool, List, Map, Number, Set, String, TfType

from tests.terraform.provider.blocks import ListBlock

TYPES: dict[str, TfType] = {
    "string": String(),
    "bool": Bool(),
    "number": Number(),
    "strings": Set(String()),
    "list": List(String()),
    "map": Map(String()),
}

_POLICY_HOLDER = """
arn                                string  computed
bypass_policy_lockout_safety_check bool    optional =false
description                        string  optional
id                                 string  computed
policy                             string  optional computed
region                             string  optional computed
tags                               map     optional
tags_all                           map     computed
"""
_WITH_MATERIAL = """
deletion_window_in_days number optional =30
enabled                 bool   optional computed
expiration_model        string computed
key_material_base64     string optional replaces sensitive
key_state               string computed
valid_to                string optional
"""

RESOURCES = {
    "kms_key": f"""{_POLICY_HOLDER}
custom_key_store_id      string optional replaces
customer_master_key_spec string optional replaces ="SYMMETRIC_DEFAULT"
deletion_window_in_days  number optional
enable_key_rotation      bool   optional =false
is_enabled               bool   optional =true
key_id                   string computed
key_usage                string optional replaces ="ENCRYPT_DECRYPT"
multi_region             bool   optional computed replaces
rotation_period_in_days  number optional computed
xks_key_id               string optional replaces
""",
    "kms_external_key": f"""{_POLICY_HOLDER}{_WITH_MATERIAL}
key_spec     string optional computed replaces
key_usage    string optional computed replaces
multi_region bool   optional computed replaces
""",
    "kms_replica_key": f"""{_POLICY_HOLDER}
deletion_window_in_days number optional =30
enabled                 bool   optional =true
key_id                  string computed
key_rotation_enabled    bool   computed
key_spec                string computed
key_usage               string computed
primary_key_arn         string required replaces
""",
    "kms_replica_external_key": f"""{_POLICY_HOLDER}{_WITH_MATERIAL}
key_id          string computed
key_usage       string computed
primary_key_arn string required replaces
""",
    "kms_key_policy": """
bypass_policy_lockout_safety_check bool   optional =false
id                                 string computed
key_id                             string required
policy                             string required
region                             string optional computed
""",
    "kms_alias": """
arn            string computed
id             string computed
name           string optional computed replaces
name_prefix    string optional computed replaces
region         string optional computed
target_key_arn string computed
target_key_id  string required
""",
    "kms_grant": """
grant_creation_tokens strings optional replaces
grant_id              string  computed
grant_token           string  computed sensitive
grantee_principal     string  required replaces
id                    string  computed
key_id                string  required replaces
name                  string  optional replaces
operations            strings required replaces
region                string  optional computed
retire_on_delete      bool    optional replaces =false
retiring_principal    string  optional replaces
""",
    "iam_role": """
arn                  string computed
assume_role_policy   string required
description          string optional
id                   string computed
max_session_duration number optional =3600
name                 string optional computed replaces
path                 string optional replaces ="/"
permissions_boundary string optional
tags                 map    optional
tags_all             map    computed
unique_id            string computed
""",
    "iam_policy": """
arn         string computed
description string optional replaces
id          string computed
name        string optional computed replaces
path        string optional replaces ="/"
policy      string required
policy_id   string computed
tags        map    optional
tags_all    map    computed
""",
    "iam_role_policy": """
id     string computed
name   string optional computed replaces
policy string required
role   string required replaces
""",
    "iam_user_policy": """
id     string computed
name   string optional computed replaces
policy string required
user   string required replaces
""",
}

DATA = {
    "caller_identity": """
account_id string computed
arn        string computed
id         string computed
user_id    string computed
""",
    "partition": """
dns_suffix         string computed
id                 string computed
partition          string computed
reverse_dns_prefix string computed
""",
    "region": """
description string computed
endpoint    string computed
id          string computed
name        string optional computed
region      string optional computed
""",
    "iam_policy_document": """
id                        string computed
json                      string computed
minified_json             string computed
override_policy_documents list   optional
policy_id                 string optional
source_policy_documents   list   optional
version                   string optional
""",
}

PROVIDER = """
access_key                  string optional
allowed_account_ids         strings optional
profile                     string optional
region                      string optional
secret_key                  string optional
skip_credentials_validation bool   optional
skip_metadata_api_check     string optional
skip_requesting_account_id  bool   optional
"""

_TEST = "values list required\ntest string required\nvariable string required"
_NAMED = "identifiers strings required\ntype string required"
_STATEMENT = """
actions       strings optional
effect        string  optional
not_actions   strings optional
not_resources strings optional
resources     strings optional
sid           string  optional
"""


def attributes(table: str) -> list[Attribute]:
    """A table of arguments, one a line: its name, its type, its flags and its default."""
    return [_attribute(*line.split()) for line in table.strip().splitlines() if line]


def _attribute(name: str, type_: str, *words: str) -> Attribute:
    import json

    defaults = [json.loads(word[1:]) for word in words if word.startswith("=")]
    computed = "computed" in words or bool(defaults)
    # The protocol lets a provider plan a value of its own for what is computed alone; AWS's may for any default.
    given = {"default": defaults[0]} if defaults else {}
    return Attribute(
        name,
        TYPES[type_],
        required="required" in words,
        optional="optional" in words,
        computed=computed,
        sensitive="sensitive" in words,
        requires_replace="replaces" in words,
        **given,
    )


def schema(table: str, blocks: list[ListBlock] | None = None) -> Schema:
    """The schema of a resource, a data source or the provider."""
    return Schema(attributes=attributes(table), block_types=blocks or [], version=1)


def constraint_blocks() -> list[ListBlock]:
    """The block of `aws_kms_grant`."""
    names = "encryption_context_equals map optional\nencryption_context_subset map optional"
    return [ListBlock("constraints", Block(attributes(names)))]


def statement_blocks() -> list[ListBlock]:
    """The blocks of `aws_iam_policy_document`."""
    nested = [
        ListBlock("condition", Block(attributes(_TEST))),
        ListBlock("not_principals", Block(attributes(_NAMED))),
        ListBlock("principals", Block(attributes(_NAMED))),
    ]
    return [ListBlock("statement", Block(attributes(_STATEMENT), nested))]
