"""Denials explained with all that the project knows: templates, blueprints that are tried changed, grants."""

from kmsgen.why.denied import explain_denial

__all__ = ["explain_denial"]
