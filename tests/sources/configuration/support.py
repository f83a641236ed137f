"""Modules written for a test, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kmsgen.policy.write import to_document
from kmsgen.sources import Loaded, Options, SourceKey, load

OPTIONS = Options(account="111122223333", region="eu-west-1")
ROOT = "arn:aws:iam::111122223333:root"


def loaded(folder: Path, files: Mapping[str, str] | str, options: Options | None = OPTIONS) -> Loaded:
    """What a folder with some files holds; a text alone is `main.tf`."""
    folder.mkdir(exist_ok=True)
    for name, text in ({"main.tf": files} if isinstance(files, str) else files).items():
        (folder / name).write_text(text, encoding="utf-8")
    return load(str(folder), options)


def only(folder: Path, files: Mapping[str, str] | str, options: Options | None = OPTIONS) -> SourceKey:
    """The one key of a module."""
    (key,) = loaded(folder, files, options).keys
    return key


def statements(key: SourceKey) -> list[dict[str, Any]]:
    """The statements of a key's policy as JSON."""
    assert key.policy is not None, key.reason
    found: list[dict[str, Any]] = to_document(key.policy)["Statement"]
    return found


def policy(principal: str = f'"{ROOT}"', more: str = "") -> str:
    """A policy as an expression, in which one principal may decrypt."""
    return f"""jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid = "Only", Effect = "Allow", Principal = {{ AWS = {principal} }}, Action = "kms:Decrypt", Resource = "*"{more}
    }}]
  }})"""


def key(principal: str = f'"{ROOT}"', more: str = "") -> str:
    """A module of one key, in whose policy one principal may decrypt."""
    return f'resource "aws_kms_key" "orders" {{\n  policy = {policy(principal, more)}\n}}\n'


def principal_of(one: SourceKey) -> Any:
    """The principals of the one statement of a policy."""
    (statement,) = statements(one)
    return statement["Principal"]["AWS"]
