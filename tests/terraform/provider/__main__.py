"""A stand-in for AWS's provider, run by Terraform: real schemas, and nothing anywhere but in Terraform's state."""

from __future__ import annotations

from typing import Any

from tf.runner import run_provider

from tests.terraform.provider.data import data_sources
from tests.terraform.provider.place import Place, place_of
from tests.terraform.provider.resources import resources
from tests.terraform.provider.schemas import PROVIDER, schema


class Provider:
    """`hashicorp/aws`, as far as it is needed here."""

    place = Place()

    def get_model_prefix(self) -> str:
        return "aws_"

    def full_name(self) -> str:
        return "registry.terraform.io/hashicorp/aws"

    def get_provider_schema(self, diags: Any) -> Any:
        return schema(PROVIDER)

    def validate_config(self, diags: Any, config: dict[str, Any]) -> None:
        """Their types are all that is wanted of arguments."""

    def configure_provider(self, diags: Any, config: dict[str, Any]) -> None:
        self.place = place_of(config)

    def get_data_sources(self) -> list[Any]:
        return [*data_sources()]

    def get_resources(self) -> list[Any]:
        return [*resources()]

    def get_functions(self) -> list[Any]:
        return []

    def new_resource(self, kind: Any) -> Any:
        return kind(self)

    def new_data_source(self, kind: Any) -> Any:
        return kind(self)


if __name__ == "__main__":
    run_provider(Provider())
