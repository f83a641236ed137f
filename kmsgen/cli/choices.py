"""What options of the command line may be: one enumeration for each that has a fixed set of values."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What `generate` can write."""

    JSON = "json"
    TERRAFORM = "terraform"
    TERRAFORM_JSON = "terraform-json"
    CLOUDFORMATION = "cloudformation"
    CLOUDFORMATION_JSON = "cloudformation-json"


class Emit(StrEnum):
    """How much of a key `generate` writes."""

    KEY = "key"
    POLICY = "policy"


class Subject(StrEnum):
    """What `catalog` lists."""

    ROLES = "roles"
    SERVICES = "services"
    GUARDS = "guards"
    RULES = "rules"
    ACTIONS = "actions"


class Shell(StrEnum):
    """Where `completion` works."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


class Listing(StrEnum):
    """How `catalog` prints."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Report(StrEnum):
    """How a command that reports does so."""

    TEXT = "text"
    JSON = "json"


class DiffFormat(StrEnum):
    """How `diff` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """What makes `diff` exit with 1, apart from what is not known for certain."""

    ANY = "any"
    GAINS = "gains"
    LOSSES = "losses"


class ExplainFormat(StrEnum):
    """How `explain` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class CheckFormat(StrEnum):
    """How `check` reports."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    MARKDOWN = "markdown"
