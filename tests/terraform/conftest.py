"""Terraform with the stand-in for AWS's provider, and what it makes of every example, once for all tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from kmsgen.emitters.terraform_module import provider_alias
from tests.conftest import ABSENT, TERRAFORM
from tests.examples import bundles
from tests.support import OWN, REGION, ROOT
from tests.terraform.provider.place import Place
from tests.terraform.workspace import Module, Workspace, install, root_of


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return install(tmp_path_factory.mktemp("stand-in"))


@pytest.fixture
def workspace(environment: dict[str, str], tmp_path: Path) -> Workspace:
    if TERRAFORM is None:
        pytest.skip(ABSENT)
    return Workspace(TERRAFORM, tmp_path, {**environment})


class Estate(NamedTuple):
    """Every example, called from one root module: planned, made, and planned again; and planned from the JSON."""

    modules: dict[str, Module]
    plan: Path
    state: Path
    again: Path
    json: Path


@pytest.fixture(scope="session")
def estate(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Estate:
    if TERRAFORM is None:
        pytest.skip(ABSENT)
    hcl, json = (Workspace(TERRAFORM, tmp_path_factory.mktemp(name), environment) for name in ("hcl", "json"))
    with ThreadPoolExecutor() as pool:
        planned = pool.submit(_planned, json, modules_of("terraform-json"))
        modules = modules_of("terraform")
        plan = _planned(hcl, modules)
        hcl.apply()
        return Estate(modules, plan, hcl.show(), hcl.plan("again"), planned.result())


def _planned(workspace: Workspace, modules: dict[str, Module]) -> Path:
    workspace.write(main=root_of(modules))
    workspace.run("get")
    workspace.run("validate")
    return workspace.plan()


def modules_of(format_: str) -> dict[str, Module]:
    """The modules under `out/` by name, each with the places of its keys."""
    out = ROOT / "out" / format_
    modules = {}
    for path in sorted(out.rglob("main.tf*")):
        name = path.parent.relative_to(out).as_posix()
        bundle = next((one for one in bundles() if one.name == name), None)
        keys = bundle.keys if bundle else ()
        places = {provider_alias(bundle, key) or "aws": Place(key.account, str(key.region)) for key in keys if bundle}
        modules[name.replace("/", "-").replace(".", "_")] = Module(path.parent, places or {"aws": Place(OWN, REGION)})
    return modules
