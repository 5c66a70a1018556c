"""Content keys: what a call computes, as a digest. Equal keys mean equal results, whatever the nodes are called.

A key is made of the node type and its version, the constants, the keys of the sources (so of all ancestors), and the
fingerprint of what the call depends on outside the graph. Ids are not in it. A call without a key (None) can never be
reused, nor can anything that reads it: its fingerprint is NaN, or a constant cannot be written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from graph.cache import Key
from graph.document import Graph, Link, NodeCall
from graph.spec import NodeSpec

_PLAIN: Final = (str, int, bool, type(None))


def content_keys(
    graph: Graph,
    specs: Mapping[str, NodeSpec],
    order: Sequence[str],
    fingerprints: Mapping[str, Any],
) -> dict[str, Key | None]:
    """The key of every call of ``order``, which names sources first. One pass."""
    keys: dict[str, Key | None] = {}
    for call_id in order:
        call = graph.calls[call_id]
        keys[call_id] = call_key(call, specs[call.node_type], fingerprints.get(call_id), keys)
    return keys


def call_key(
    call: NodeCall,
    spec: NodeSpec,
    fingerprint: Any,
    keys: Mapping[str, Key | None],
    inside: Key | None = None,
) -> Key | None:
    """One call's key, given the keys of its sources.

    ``inside`` is the key of the call that expanded to this one. Constants there may be any object; since the expansion
    follows from that key, the object's place in it stands for the object.
    """
    parts = [spec.name, spec.version]
    if fingerprint is not None:
        written = encode(fingerprint)
        if written is None:
            return None
        parts.append(written)
    if spec.not_idempotent or any(what == "UNIQUE_ID" for _, what in spec.hidden):
        parts.append("#" + call.id)
    inputs = call.inputs
    for name in sorted(inputs):
        value = inputs[name]
        parts.append(name)
        if type(value) is Link:
            source = keys.get(value.call)
            if source is None:
                return None
            parts.append(f"@{source.hex()}.{value.slot}")
            continue
        written = encode(value)
        if written is None:
            if inside is None:
                return None
            written = f"!{inside.hex()}.{call.id}"
        parts.append(written)
    # repr of the list quotes every part, so that no two lists of parts are written alike
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def encode(value: Any) -> str | None:
    """A plain value written down so that only equal values of equal type look alike; None if that cannot be done.

    NaN equals nothing, so nothing with a NaN inside can be written.
    """
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if kind is float:
        return repr(value) if value == value else None
    if kind is bytes:
        return repr(value)
    if kind is dict:
        pairs = [(repr(name), encode(item)) for name, item in value.items()]
        written = [f"{name}:{item}" for name, item in sorted(pairs, key=lambda p: p[0]) if item is not None]
        return "{" + ",".join(written) + "}" if len(written) == len(pairs) else None
    if kind is list or kind is tuple:
        items = [item for item in map(encode, value) if item is not None]
        return f"{kind.__name__}[{','.join(items)}]" if len(items) == len(value) else None
    return None
