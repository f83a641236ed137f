"""What a text is, by its content: a blueprint, a policy, a template, a plan, or nothing that keys can be read from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto

from kmsgen.documents import Document
from kmsgen.errors import PolicyError, Problem


class Content(Enum):
    """The kinds of content."""

    BLUEPRINT = auto()
    POLICY = auto()
    TEMPLATE = auto()
    TERRAFORM = auto()
    """A plan or a state."""
    CONFIGURATION = auto()
    """Terraform's own files."""


NO_SOURCE = {
    "terraform": "how Terraform keeps plans and states for itself changes from version to version",
    "hint": "run `terraform show -json`, of a plan or of the state, and give what it prints",
}

_TEMPLATE = re.compile(r"^(?:AWSTemplateFormatVersion|Resources|Transform)[ \t]*:", re.MULTILINE)
_BLOCK = re.compile(
    r"""^[ \t]*(?:(?:terraform|locals)|(?:variable|module|provider|output)[ \t]+"?[\w-]+"?"""
    r"""|(?:resource|data)[ \t]+"?[\w-]+"?[ \t]+"?[\w-]+"?)[ \t]*\{""",
    re.MULTILINE,
)
_CONFIGURATION = frozenset(
    """
    // check data ephemeral import locals module moved output provider removed resource terraform variable
    """.split()
)
_PLAN = frozenset({"format_version", "planned_values", "resource_changes", "prior_state"})


def is_hcl(text: str) -> bool:
    """Whether a text seems to be Terraform's own language."""
    return _BLOCK.search(text) is not None


def is_plan(text: str) -> bool:
    """Whether a JSON text seems to be a plan or a state, which may be very large; told by how Terraform begins both."""
    return '"format_version"' in text[:200]


def of_yaml(text: str) -> Content:
    """What a YAML text is; it need not be valid."""
    return Content.TEMPLATE if _TEMPLATE.search(text) else Content.BLUEPRINT


def of_json(document: Document) -> Content:
    """What JSON data is.

    Raises `PolicyError` where it is nothing that keys can be read from.
    """
    data, start = document.data, document.at(())
    names = frozenset(data) if isinstance(data, Mapping) else frozenset()
    if "Resources" in names or "AWSTemplateFormatVersion" in names:
        return Content.TEMPLATE
    if names & _PLAN:
        return Content.TERRAFORM
    if names & {"Statement", "statement", "Version", "Policy"}:
        return Content.POLICY
    if names & {"resource", "terraform"} and names <= _CONFIGURATION:
        return Content.CONFIGURATION
    if {"version", "serial", "lineage"} <= names:
        message = f"this is a state of Terraform's and no source: {NO_SOURCE['terraform']}"
        raise PolicyError(Problem(message, start, NO_SOURCE["hint"]))
    if data.get("generated_by") == "kmsgen" if isinstance(data, Mapping) else False:
        raise PolicyError(Problem("this is a manifest and no source", start, "give a folder beside it: `out/json`"))
    hint = "read are key policies, CloudFormation templates, Terraform, and what `terraform show -json` prints"
    raise PolicyError(Problem("this JSON is nothing that keys can be read from", start, hint))
