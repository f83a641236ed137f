"""What every field of a blueprint means, in the words that an editor shows."""

from __future__ import annotations

TOP: dict[str, str] = {
    "version": "The version of the blueprint language: `1`.",
    "organization": "The AWS organization, `o-…`: what `organization: true` and the guard `organization-only` mean.",
    "accounts": "Names for account numbers. Put the numbers in quotes.",
    "principals": "Names for principals, and references into the stacks that make them.",
    "defaults": "Any field of a key, for every key of the file.",
    "keys": "The keys, by name.",
    "environments": "The file once for each of these: any field of a key, and `vars` for `${…}`.",
    "include": "Files that bring in accounts, principals, defaults and environments; what this file says wins.",
    "references": "Whether references become `parameters` (the default: variables and parameters), or stay `inline`.",
    "cloudformation": "How CloudFormation templates are made.",
}

KEY: dict[str, str] = {
    "description": "What is encrypted under the key.",
    "account": "The key's account: a name from `accounts`, or twelve digits in quotes.",
    "region": "The key's Region; a list makes one independent key in each.",
    "partition": "The AWS partition; follows from the Region.",
    "spec": "The key spec; `SYMMETRIC_DEFAULT` unless given.",
    "usage": "What the key is used for; must be said where its spec has several usages.",
    "origin": "Where the key material comes from; `AWS_KMS` unless given.",
    "aliases": "Aliases, with or without `alias/`.",
    "rotation": "Automatic rotation: days, `true` (365) or `false`. On by default wherever KMS can rotate.",
    "deletion_window": "Days between asking for deletion and deletion; 30 unless given.",
    "enabled": "Whether the key is enabled.",
    "multi_region": "The Regions of a multi-Region key, the primary's first.",
    "tags": "Tags of the key.",
    "existing": "The id or ARN of a key that is managed elsewhere: only its policy is made.",
    "custom_key_store": "The id of the custom key store that holds the key.",
    "xks_key_id": "The id of the key in an external key store.",
    "renamed_from": "What the key was called before: Terraform renames it instead of replacing it.",
    "root": "What the account itself may do: `recovery` (the default), `delegate`, `delegate-admin`, or `none`.",
    "deployer": "The principal that applies the policy; gets the role `deploy`.",
    "admins": "Who manages the key. Admins cannot use it, share it by grants, or delete it unless `can: delete`.",
    "users": "Who uses the key.",
    "services": "AWS services that need the key, by name.",
    "accounts": "Other accounts that are let in; their own IAM policies then decide.",
    "guards": "What nobody may do, whatever else is allowed.",
    "statements": "Key-policy statements written out, where nothing else says it.",
    "expect": "Tests of the policy, run by `kmsgen check`: who is allowed or denied what.",
    "allow_findings": "Findings of `kmsgen check` that are accepted, with the reason.",
    "for_each": "One key for each of these: a list of names, or a mapping of names to values for `${each.value.…}`.",
    "environments": "Fields of the key in single environments.",
}

WHEN: dict[str, str] = {
    "via": "Only through these services: `s3`, `ebs`, … (`kms:ViaService`).",
    "encryption_context": "Only with these encryption context values; `*` and `?` are wildcards.",
    "encryption_context_keys": "Only with any of these context keys; or `{any|all|only: […]}`.",
    "organization": "Only callers of the organization: `true`, or organization ids.",
    "org_paths": "Only callers below these paths of an organization.",
    "source_ip": "Only from these public address ranges.",
    "source_vpc": "Only through endpoints in these VPCs.",
    "source_vpce": "Only through these VPC endpoints.",
    "source_account": "Only for resources of these accounts; for AWS services.",
    "source_arn": "Only for these resources; for AWS services.",
    "mfa": "Only after signing in with MFA.",
    "mfa_max_age": "Only so long after signing in with MFA: `15m`, `1h`.",
    "before": "Only before this day or time: `2026-12-31`, `2026-12-31T18:00:00Z`.",
    "after": "Only from this day or time on: `2026-12-31`, `2026-12-31T18:00:00Z`.",
    "principal_tags": "Only callers with these tags.",
    "request_alias": "Only requests that name the key by these aliases.",
    "grant_operations": "Only grants of these operations.",
    "for_aws_resource": "Only grants that AWS services make for the caller.",
    "raw": "Any condition: `{operator, key, values}`, or operators over keys over values as in a policy.",
}

CONTEXT_KEYS: dict[str, str] = {
    "any": "At least one of these is among the context's keys.",
    "all": "All of these are among the context's keys.",
    "only": "Nothing but these is among the context's keys.",
}

RAW: dict[str, str] = {
    "operator": "`StringEquals`, `ArnLike`, …; also with `ForAnyValue:` before it or `IfExists` behind it.",
    "key": "The condition key: `kms:ViaService`, `aws:PrincipalTag/team`, …",
    "values": "One value, or several of which any will do.",
}

ENTRY: dict[str, str] = {
    "principal": "Who: `role/App`, `user/ann`, `sso/Admins`, `analytics/role/Etl`, an ARN, a name from `principals`;"
    " or a list of these.",
    "account": "The account: a name from `accounts`, or twelve digits in quotes; the key's own only with `can`.",
    "can": "One role, or several; without it what is usual for such a key.",
    "when": "Under which conditions; all of them must hold.",
    "pin": "`true` names the principal itself: direct, but the grant dies with the role and a role made anew has none."
    " `false` matches its ARN: the role need not exist yet and may be made anew, but its IAM policies must allow it"
    " too. `match`: direct and survives, but names everybody with a condition, which scanners dislike.",
    "for": "Principals it is for; without it the key's `users`. `account` is everybody in the key's account.",
    "service": "The service's name, with its parameters beside it.",
    "guard": "The guard's name, with its parameters beside it.",
}

REFERENCE: dict[str, str] = {
    "arn": "Its ARN, as far as it is known.",
    "terraform": "The Terraform expression for its ARN: `aws_iam_role.deployer.arn`.",
    "cloudformation": "The CloudFormation reference to its ARN: `!GetAtt DeployerRole.Arn`.",
    "account": "The account that it is in: a name from `accounts`, or twelve digits in quotes; needed without `arn`.",
}

ROOT: dict[str, str] = {
    "mode": "What the account itself may do.",
    "reason": "Why the account itself can do nothing.",
    "locked": "Accept that nobody can ever change the policy.",
}

EXPECT: dict[str, str] = {
    "allow": "Who must be allowed all of it: a principal, an account, or a service's name.",
    "deny": "Who must be allowed none of it: a principal, an account, or a service's name.",
    "to": "Roles and `kms:` actions.",
    "access": "`direct` counts what the policy itself allows, `any` also what it leaves to the account's IAM policies.",
    "context": "The one context to decide in, by condition key; every context there can be unless given.",
}

ALLOW_FINDINGS: dict[str, str] = {
    "rule": "The rule, by its name or code.",
    "reason": "Why it is accepted, for whoever reads it next.",
    "until": "The last day on which it is accepted: `2027-01-31`.",
}

STATEMENT: dict[str, str] = {
    "Sid": "A name for the statement.",
    "Effect": "`Allow` or `Deny`.",
    "Principal": "Who: `{AWS: …}`, `{Service: …}`, `*`.",
    "NotPrincipal": "Everybody but these.",
    "Action": "What: `kms:Decrypt`, …",
    "NotAction": "Everything but these.",
    "Resource": "`*`, which is the key itself.",
    "NotResource": "Everything but these.",
    "Condition": "When: operators over condition keys over values.",
}

ACCEPT = "Why the statement stands although something is wrong with it, which is then a warning."

USAGES: dict[str, str] = {
    "ENCRYPT_DECRYPT": "Encrypt, decrypt and make data keys.",
    "SIGN_VERIFY": "Sign, and verify signatures.",
    "GENERATE_VERIFY_MAC": "Make and verify message authentication codes.",
    "KEY_AGREEMENT": "Derive shared secrets.",
    "ENCAPSULATE_DECAPSULATE": "Encapsulate and decapsulate shared secrets (ML-KEM).",
}

ORIGINS: dict[str, str] = {
    "AWS_KMS": "KMS makes the key material.",
    "EXTERNAL": "You import the key material.",
    "AWS_CLOUDHSM": "A CloudHSM key store holds the key.",
    "EXTERNAL_KEY_STORE": "A key manager outside of AWS holds the key.",
}

SHARDS = "Over how many templates the keys are divided, each key by its name; changing it moves keys between stacks."
VARS = "What `${…}` may name."
STACKED = "A reference into a stack: `!GetAtt`, or `{arn, terraform, cloudformation}`."
