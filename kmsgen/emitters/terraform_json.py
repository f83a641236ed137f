"""A bundle as a Terraform module in JSON, which Terraform reads faster and with less memory than HCL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kmsgen.emitters import hcl
from kmsgen.emitters.artefact import Artefact, Options, header
from kmsgen.emitters.hcl import Address, Block, Call, Raw
from kmsgen.emitters.terraform_module import companion_modules, imports, module
from kmsgen.policy.key import Bundle


def emit(bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """`terraform-json/<blueprint>/main.tf.json`, `imports.tf.json`, and `companion/<caller>/main.tf.json`."""
    path = f"terraform-json/{bundle.name}"
    yield Artefact(f"{path}/main.tf.json", _text(bundle, module(bundle, options)), bundle.keys)
    if options.import_blocks and (blocks := imports(bundle)):
        yield Artefact(f"{path}/imports.tf.json", _text(bundle, blocks), bundle.existing)
    for companion, blocks in companion_modules(bundle) if options.companion else ():
        yield Artefact(f"{path}/companion/{companion.name}/main.tf.json", _text(bundle, blocks), companion.keys)


def _text(bundle: Bundle, blocks: Iterable[Block]) -> str:
    document: dict[str, Any] = {"//": header(bundle)}
    for block in blocks:
        _add(document, block)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _add(document: dict[str, Any], block: Block) -> None:
    """A block as Terraform's JSON has it: nested by type and labels; those without labels may come several times."""
    if block.type in ("import", "moved"):
        document.setdefault(block.type, []).append(_body(block))
        return
    place = document.setdefault(block.type, {})
    for label in block.labels:
        place = place.setdefault(label, {})
    place.update(_body(block))


def _body(block: Block) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for item in block.body:
        if isinstance(item, Block):
            _add(body, item)
        elif item is not None:
            name, content = item
            # A variable's type is a word of its own and no expression.
            body[name] = content.expression if name == "type" and isinstance(content, Raw) else _value(content)
    return body


def _value(content: Any) -> Any:
    """A value, its strings templates: only what is an expression may look like one."""
    if isinstance(content, Raw):
        return f"${{{content.expression}}}"
    if isinstance(content, Address):
        return content.address
    if isinstance(content, Call):
        if _has_expression(content.argument):
            # As an expression of its own, so that no value it refers to can close a string of the policy.
            return f"${{{hcl.value(content)}}}"
        text = json.dumps(content.argument, separators=(",", ":"), ensure_ascii=False)
        return hcl.interpolation_escaped(text)
    if isinstance(content, dict):
        return {hcl.interpolation_escaped(name): _value(item) for name, item in content.items()}
    if isinstance(content, list | tuple):
        return [_value(item) for item in content]
    return hcl.interpolation_escaped(content) if isinstance(content, str) else content


def _has_expression(content: Any) -> bool:
    if isinstance(content, dict):
        return any(_has_expression(item) for item in content.values())
    if isinstance(content, list | tuple):
        return any(_has_expression(item) for item in content)
    return isinstance(content, Raw)
