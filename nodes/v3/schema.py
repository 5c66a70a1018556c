"""Schema: what a node class of the second contract declares, and what it may ask the engine for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nodes.errors import BadNodeClass
from nodes.v3.types import Input, Output


class Hidden(StrEnum):
    """What the engine puts on ``cls.hidden``."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"
    api_key_comfy_org = "API_KEY_COMFY_ORG"


@dataclass(frozen=True)
class HiddenHolder:
    """``cls.hidden`` during a call. What was not asked for is None."""

    unique_id: str | None = None
    prompt: Any = None
    extra_pnginfo: Any = None
    dynprompt: Any = None
    auth_token_comfy_org: str | None = None
    api_key_comfy_org: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[Any, Any] | None) -> HiddenHolder:
        """From values by Hidden, or by its text."""
        return cls(**{Hidden(key).name: value for key, value in (values or {}).items()})


@dataclass
class Schema:
    """A node type. Newer fields that say nothing to this engine are taken and left alone."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_dev_only: bool = False
    is_api_node: bool = False
    price_badge: Any = None
    not_idempotent: bool = False
    enable_expand: bool = False
    accept_all_inputs: bool = False
    search_aliases: list[str] = field(default_factory=list)
    essentials_category: str | None = None
    has_intermediate_output: bool = False

    def __post_init__(self) -> None:
        self.inputs = list(self.inputs or ())
        self.outputs = list(self.outputs or ())
        self.hidden = list(self.hidden or ())

    def validate(self) -> None:
        """Raise BadNodeClass where two inputs or two outputs have one id."""
        for what, items in (("inputs", self.inputs), ("outputs", self.outputs)):
            ids = [item.id for item in items if item.id is not None]
            twice = next((i for i in ids if ids.count(i) > 1), None)
            if twice is not None:
                raise BadNodeClass(f"{self.node_id} has two {what} with the id {twice}. Give one another id.")

    def finalize(self) -> None:
        """Fill in what follows from the rest: ids of outputs, and the hidden values that every saving node needs."""
        more = [Hidden.prompt, Hidden.extra_pnginfo] if self.is_output_node else []
        more += [Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org] if self.is_api_node else []
        self.hidden += [item for item in more if item not in self.hidden]
        for i, output in enumerate(self.outputs):
            if output.id is None:
                output.id = f"_{i}_{output.get_io_type()}_"
