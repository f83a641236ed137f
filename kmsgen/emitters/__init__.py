"""Compiled keys to text, one file each format: every emitter takes a bundle and gives its artefacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.policy.key import Bundle

Emitter = Callable[[Bundle, Options], Iterator[Artefact]]

EMITTERS: dict[str, str] = {
    "json": "kmsgen.emitters.json",
    "terraform": "kmsgen.emitters.terraform",
    "terraform-json": "kmsgen.emitters.terraform_json",
    "cloudformation": "kmsgen.emitters.cloudformation",
    "cloudformation-json": "kmsgen.emitters.cloudformation_json",
}
"""The formats, and the module that writes each; imported when the format is asked for."""


def emit(format_: str, bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """What one format makes of a bundle.

    Raises `OutputError` with every key and reference that the format cannot hold.
    """
    module: Any = import_module(EMITTERS[format_])
    emitter: Emitter = module.emit
    return emitter(bundle, options)
