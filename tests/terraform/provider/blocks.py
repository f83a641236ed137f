"""Nested blocks that keep their order, which the library for providers lacks."""

from __future__ import annotations

from typing import Any

from tf.blocks import SetNestedBlock
from tf.gen import tfplugin_pb2 as protocol


class ListBlock(SetNestedBlock):  # type: ignore[misc]
    """Blocks of one kind, in the order in which they are written."""

    def to_pb(self) -> Any:
        """What the protocol calls it."""
        return protocol.Schema.NestedBlock(
            type_name=self.type_name, block=self.block.to_pb(), nesting=protocol.Schema.NestedBlock.NestingMode.LIST
        )
