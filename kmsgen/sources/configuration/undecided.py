"""What is not worked out, and where it stands: left to Terraform, or known not to be there."""

from __future__ import annotations

from kmsgen.sources.configuration.syntax import Span


class UndecidedError(Exception):
    """What only Terraform can work out, and where it stands."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span

    def __str__(self) -> str:
        return f"{self.message} ({self.span.at})"


class MissingError(UndecidedError):
    """What is known not to be there: with this, Terraform would stop, or `try` go on."""
