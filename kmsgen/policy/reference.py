"""An ARN that a stack makes: the text that stands for it in a policy, and how each kind of stack spells it."""

from __future__ import annotations

from typing import Any

from kmsgen.catalog.patterns import SYMBOL_OPEN
from kmsgen.errors import Location

# Outside the characters that KMS takes (up to U+00FF), so that a symbol which slips into output is always refused.
_OPEN, _CLOSE = SYMBOL_OPEN, "⟩"


class Reference(str):
    """The ARN that `name` will have, or a symbol for it; being text, it compares and sorts like any other ARN.

    Without a known ARN the text is a symbol that equals nothing else, so whatever is proved of a policy holds for
    every value that the stack may give it.
    """

    name: str
    """What the blueprint calls it."""
    arn: str | None
    terraform: str | None
    """A Terraform expression, as `aws_iam_role.deployer.arn`."""
    cloudformation: Any
    """A CloudFormation intrinsic as JSON data, as `{"Fn::GetAtt": ["DeployerRole", "Arn"]}`."""
    at: Location | None

    def __new__(
        cls,
        name: str,
        symbol: str,
        *,
        arn: str | None = None,
        terraform: str | None = None,
        cloudformation: Any = None,
        at: Location | None = None,
    ) -> Reference:
        """`symbol` is the text where no ARN is known; see `principal_symbol`."""
        reference = super().__new__(cls, arn or symbol)
        reference.name = name
        reference.arn = arn
        reference.terraform = terraform
        reference.cloudformation = cloudformation
        reference.at = at
        return reference

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self.name, str(self), self.arn, self.terraform, self.cloudformation, self.at))


def _restore(
    name: str, symbol: str, arn: str | None, terraform: str | None, cloudformation: Any, at: Location | None
) -> Reference:
    return Reference(name, symbol, arn=arn, terraform=terraform, cloudformation=cloudformation, at=at)


def principal_symbol(name: str, partition: str, account: str) -> str:
    """The text of a role that is only known by reference: its account is known, its name is not."""
    return f"arn:{partition}:iam::{account}:role/{_OPEN}{name}{_CLOSE}"


def is_symbolic(text: str) -> bool:
    """Whether `text` holds a symbol, and so is no ARN that AWS could take."""
    return _OPEN in text


def stack_symbol(name: str) -> str:
    """The text of something that is only known by reference, and of which not even the kind is known."""
    return f"{_OPEN}{name}{_CLOSE}"
