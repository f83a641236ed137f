"""A bundle as a Terraform module in HCL, byte for byte as `terraform fmt` leaves it."""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.emitters import hcl
from kmsgen.emitters.artefact import Artefact, Options, header
from kmsgen.emitters.terraform_module import companion_modules, imports, module
from kmsgen.policy.key import Bundle


def emit(bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """`terraform/<blueprint>/main.tf`, `imports.tf`, and each caller's side in `companion/<caller>/main.tf`."""
    text = hcl.document(header(bundle), module(bundle, options))
    yield Artefact(f"terraform/{bundle.name}/main.tf", text, bundle.keys)
    if options.import_blocks and (blocks := imports(bundle)):
        path = f"terraform/{bundle.name}/imports.tf"
        yield Artefact(path, hcl.document(header(bundle), blocks), bundle.existing)
    for companion, blocks in companion_modules(bundle) if options.companion else ():
        path = f"terraform/{bundle.name}/companion/{companion.name}/main.tf"
        yield Artefact(path, hcl.document(header(bundle), blocks), companion.keys)
