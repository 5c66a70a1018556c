"""ComfyNode, what its ``execute`` answers with, and the extension that hands a pack's classes over."""

from __future__ import annotations

from abc import ABC, ABCMeta, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from graph.blocker import ExecutionBlocker
from nodes.errors import BadNodeClass
from nodes.v3.dynamic import as_sections
from nodes.v3.schema import HiddenHolder, Schema

# What the first contract reads off a class, for packs that look at other packs' classes.
_FIRST_CONTRACT: Final[Mapping[str, Any]] = {
    "FUNCTION": lambda _: "execute",
    "CATEGORY": lambda schema: schema.category,
    "DESCRIPTION": lambda schema: schema.description,
    "RETURN_TYPES": lambda schema: tuple(output.get_io_type() for output in schema.outputs),
    "RETURN_NAMES": lambda schema: tuple(output.display_name or output.get_io_type() for output in schema.outputs),
    "OUTPUT_IS_LIST": lambda schema: tuple(output.is_output_list for output in schema.outputs),
    "OUTPUT_NODE": lambda schema: schema.is_output_node,
    "INPUT_IS_LIST": lambda schema: schema.is_input_list,
    "DEPRECATED": lambda schema: schema.is_deprecated,
    "EXPERIMENTAL": lambda schema: schema.is_experimental,
    "NOT_IDEMPOTENT": lambda schema: schema.not_idempotent,
}


class NodeClass(ABCMeta):
    """The class of node classes: those made for one call are locked, since other calls share what they would write."""

    def __setattr__(cls, name: str, value: Any) -> None:
        if "_is_locked" in vars(cls):
            raise AttributeError(
                f"{cls.__name__}.{name} cannot be set while the node runs: its class is shared by all its calls. "
                "Keep state in a module of yours."
            )
        super().__setattr__(name, value)

    def __getattr__(cls, name: str) -> Any:
        read = _FIRST_CONTRACT.get(name)
        if read is None:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}", name=name, obj=cls)
        return read(cls.GET_SCHEMA())


class ComfyNode(metaclass=NodeClass):
    """A node type of the second contract. Subclasses give ``define_schema`` and ``execute``, both class methods."""

    hidden: ClassVar[HiddenHolder] = HiddenHolder()
    RELATIVE_PYTHON_MODULE: ClassVar[str] = ""

    @classmethod
    def define_schema(cls) -> Schema:
        """What the node takes and gives."""
        raise NotImplementedError(f"{cls.__name__} has no define_schema")

    @classmethod
    def execute(cls, *args: Any, **kwargs: Any) -> Any:
        """Do it: takes inputs by id, answers with a NodeOutput; may be async."""
        raise NotImplementedError(f"{cls.__name__} has no execute")

    @classmethod
    def validate_inputs(cls, *args: Any, **kwargs: Any) -> Any:
        """True, or the sentence that says what is wrong. Counts only if a subclass has its own."""
        raise NotImplementedError

    @classmethod
    def fingerprint_inputs(cls, *args: Any, **kwargs: Any) -> Any:
        """What the result depends on beside the inputs. Counts only if a subclass has its own."""
        raise NotImplementedError

    @classmethod
    def check_lazy_status(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG003  as all four
        """The lazy inputs that are needed next: by default all that are not there yet."""
        return list(_unevaluated(kwargs))

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        """The schema, checked and completed."""
        schema = cls.define_schema()
        if not isinstance(schema, Schema):
            raise BadNodeClass(f"{cls.__name__}.define_schema gives {type(schema).__name__}; it has to be a Schema.")
        schema.validate()
        schema.finalize()
        return schema

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:
        """The inputs as the first contract declares them."""
        return as_sections(cls.GET_SCHEMA().inputs)

    @classmethod
    def PREPARE_CLASS_CLONE(cls, hidden: HiddenHolder) -> type[ComfyNode]:
        """The class for one call: it has the call's hidden values and takes no others."""
        members = {"hidden": hidden, "__module__": cls.__module__, "__doc__": cls.__doc__}
        clone: Any = NodeClass(cls.__name__, (cls,), members)
        type.__setattr__(clone, "_is_locked", True)
        return clone  # type: ignore[no-any-return]  # a class made at run time

    @classmethod
    def overrides(cls, name: str) -> bool:
        """Whether a subclass has its own method of that name."""
        return getattr(cls, name).__func__ is not vars(ComfyNode)[name].__func__


def _unevaluated(inputs: Mapping[str, Any]) -> Iterator[str]:
    """Names of inputs that are None (or lists of None, for classes that take lists); members of groups by full name."""
    for name, value in inputs.items():
        if isinstance(value, Mapping):
            yield from _unevaluated({full: one for one, full in _leaves(value)})
        elif value is None or value == [None]:
            yield name


def _leaves(group: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """``(value, full name)`` of all members, those of groups inside included."""
    for member in group.values():
        if isinstance(member, Mapping):
            yield from _leaves(member)
        else:
            yield member


class NodeOutput:
    """What ``execute`` answers: outputs in order, what the editor shows, a subgraph, or why nothing may follow."""

    def __init__(
        self,
        *args: Any,
        ui: Any = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ) -> None:
        self.args = args
        self.ui = ui
        self.expand = expand
        self.block_execution = block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        """The outputs, None if there are none."""
        return self.args or None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NodeOutput:
        """From the dictionary that the first contract returns."""
        result = data.get("result", ())
        blocked = result.message if isinstance(result, ExecutionBlocker) else None
        args = () if result is None or isinstance(result, ExecutionBlocker) else tuple(result)
        return cls(*args, ui=data.get("ui"), expand=data.get("expand"), block_execution=blocked)


class ComfyExtension(ABC):
    """What a pack's ``comfy_entrypoint`` returns."""

    async def on_load(self) -> None:
        """Called once, before the classes are asked for."""
        return

    @abstractmethod
    async def get_node_list(self) -> list[type[ComfyNode]]:
        """The pack's node classes."""
