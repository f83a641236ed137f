"""`terraform show -json` of a plan or a state as a source: its KMS keys, as they will be or as they are.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from kmsgen.documents import Document
from kmsgen.errors import PolicyError, Problem
from kmsgen.sources.estate import ALIAS, KEYS, POLICY, Estate
from kmsgen.sources.model import Loaded, Options, SourceKey, distinct
from kmsgen.sources.plan import Resource, deferred, resources

_PRINCIPALS = ("aws_iam_role", "aws_iam_user", "aws_iam_service_linked_role")


def load(document: Document, options: Options) -> Loaded:
    """The keys of a plan or a state; a policy that is unknown until apply is said to be so.

    Raises `PolicyError` where the document is in no format that is known.
    """
    version = document.data.get("format_version")
    if not isinstance(version, str) or not version.startswith("1."):
        message = f"`format_version` is `{version}`, and only 1.x of `terraform show -json` is read"
        raise PolicyError(Problem(message, document.at(("format_version",))))
    if document.data.get("errored") is True:
        hint = "mend what Terraform reports, and plan again"
        raise PolicyError(Problem("the plan ended in an error, and is not whole", document.at(("errored",)), hint))
    everything = list(resources(document.data))
    made = _made(everything)
    found = [one for one in everything if one.type in (*KEYS, POLICY, ALIAS)]
    late = [_deferred(one, document.name) for one in deferred(document.data) if one.type in (*KEYS, POLICY)]
    estate = Estate(document.name, options.account, options.region, found)
    return Loaded(distinct([*(replace(one, references=made) for one in estate.all_keys()), *late]))


def _made(found: list[Resource]) -> dict[str, str]:
    """The ARNs of principals of the root module, the only ones that an expression beside it can name."""
    arns = [(arn, f"{one.address}.arn") for one in found if one.type in _PRINCIPALS and (arn := one.text("arn"))]
    counted = Counter(arn for arn, _ in arns)
    roots = {f"{one.address}.arn" for one in found if not one.module}
    return {arn: name for arn, name in arns if counted[arn] == 1 and name in roots}


def _deferred(one: Resource, name: str) -> SourceKey:
    reason = "unknown until apply: Terraform defers it to a later plan"
    return SourceKey(one.address, None, "terraform", f"{name}: {one.address}", reason=reason, names=one.names)
