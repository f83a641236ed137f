"""Terraform in a folder of its own, with the stand-in for AWS's provider: no registry, no account, no home."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import ROOT
from tests.terraform.provider.place import Place
from tests.terraform.provider.resources import KEYS

_PROVIDER = """\
#!/bin/sh
PYTHONPATH='{root}' exec '{python}' -m tests.terraform.provider "$@"
"""
_CONFIGURATION = """\
provider_installation {{
  dev_overrides {{
    "hashicorp/aws" = "{folder}"
  }}
  direct {{}}
}}
"""


def install(folder: Path) -> dict[str, str]:
    """Put the stand-in where Terraform finds it; the environment in which it does."""
    program = folder / "bin" / "terraform-provider-aws"
    program.parent.mkdir(parents=True)
    program.write_text(_PROVIDER.format(root=ROOT, python=sys.executable))
    program.chmod(0o755)
    configuration = folder / "terraform.rc"
    configuration.write_text(_CONFIGURATION.format(folder=program.parent))
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "HOME": str(folder),  # the library of the stand-in keeps its certificate there
    }


@dataclass(frozen=True)
class Workspace:
    """A root module."""

    terraform: str
    folder: Path
    environment: dict[str, str]

    def write(self, **files: str) -> None:
        """The files of the root module, by their names without `.tf`."""
        for name, text in files.items():
            (self.folder / f"{name}.tf").write_text(text, encoding="utf-8")

    def there(self, keys: dict[str, Any]) -> None:
        """What is there already, to be imported: values by type and id."""
        path = self.folder / "there.json"
        path.write_text(json.dumps(keys))
        self.environment[KEYS] = str(path)

    def run(self, *arguments: str, code: int = 0) -> str:
        """The output of a command, which must end with `code`."""
        command = [self.terraform, arguments[0], "-no-color", *arguments[1:]]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def plan(self, name: str = "plan") -> Path:
        """Plan, and give the file with what `terraform show -json` says of it."""
        self.run("plan", "-input=false", f"-out={name}")
        return self.show(name)

    def show(self, *plan: str) -> Path:
        """The file with what `terraform show -json` says of a plan, or of the state."""
        path = self.folder / f"{''.join(plan) or 'state'}.json"
        done = subprocess.run(
            [self.terraform, "show", "-json", *plan], cwd=self.folder, env=self.environment, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        path.write_bytes(done.stdout)
        return path

    def apply(self, name: str = "plan") -> None:
        """Apply a plan."""
        self.run("apply", "-input=false", name)


def changes(plan: Path) -> dict[str, list[str]]:
    """What a plan does to each resource that it changes."""
    shown = json.loads(plan.read_text(encoding="utf-8"))
    return {
        one["address"]: one["change"]["actions"]
        for one in shown.get("resource_changes", [])
        if one["change"]["actions"] != ["no-op"]
    }


class Module(NamedTuple):
    """A generated module, and where each of the providers that it takes is to work."""

    folder: Path
    places: dict[str, Place]

    @property
    def text(self) -> str:
        (path,) = self.folder.glob("main.tf*")
        return path.read_text(encoding="utf-8")


def root_of(modules: dict[str, Module]) -> str:
    """A root module that calls generated ones, with a provider for each place and a value for each variable."""
    places = {place: f"in_{place.account}_{place.region}" for one in modules.values() for place in one.places.values()}
    lines = list[str]()
    for place, alias in places.items():
        lines += ['provider "aws" {', f'  alias = "{alias}"', f'  region = "{place.region}"']
        lines += [f'  allowed_account_ids = ["{place.account}"]', "}"]
    for name, module in modules.items():
        lines += [f'module "{name}" {{', f'  source = "{module.folder}"', "  providers = {"]
        lines += [f"    {provider} = aws.{places[place]}" for provider, place in module.places.items()]
        lines += ["  }", *(f'  {one} = "{_value(one)}"' for one in _required(module.text)), "}"]
    return "\n".join([*lines, ""])


def _required(text: str) -> list[str]:
    """The variables of a module that have no default."""
    if text.startswith("{"):
        declared = json.loads(text).get("variable", {})
        return [name for name, one in declared.items() if "default" not in one]
    found = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE)
    return [name for name, body in found if "default" not in body]


def _value(variable: str) -> str:
    if variable.endswith("_key_arn"):
        return "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return f"arn:aws:iam::111122223333:role/{variable.removesuffix('_arn')}"
