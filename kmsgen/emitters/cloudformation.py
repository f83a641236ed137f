"""A bundle as CloudFormation templates in YAML, functions written as tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kmsgen.emitters import cloudformation_template
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.emitters.cloudformation_template import Intrinsic
from kmsgen.policy.key import Bundle

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_DUMPER):  # type: ignore[misc]
    """PyYAML's dumper with CloudFormation's tags and without anchors, which CloudFormation does not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent(dumper: Any, intrinsic: Intrinsic) -> Any:
    ((function, argument),) = intrinsic.items()
    tag = "!" + function.removeprefix("Fn::")
    if function == "Fn::GetAtt" and all(isinstance(part, str) for part in argument):
        return dumper.represent_scalar(tag, ".".join(argument))
    if isinstance(argument, str):
        return dumper.represent_scalar(tag, argument)
    if isinstance(argument, list):
        return dumper.represent_sequence(tag, argument)
    # A function of a function has no room for two tags: the outer one is written in full.
    return dumper.represent_mapping("tag:yaml.org,2002:map", {function: argument})


_Dumper.add_representer(Intrinsic, _represent)


def emit(bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """`cloudformation/<blueprint>.yaml`."""
    return cloudformation_template.emit(bundle, options, "cloudformation", "yaml", _write)


def _write(template: dict[str, Any], comment: str) -> str:
    body = yaml.dump(template, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return f"# {comment}\n{body}"
