from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from diffusion.errors import OutOfMemory
from diffusion.memory import Handle, Memory, Patched, Precision
from diffusion.memory.handle import Role

CPU = torch.device("cpu")
# A Linear(10, 10) without bias, in bfloat16.
EACH = 200


def a_network(name: str, role: Role = "network") -> Handle:
    return Handle(name, role, nn.Linear(10, 10, bias=False))


def a_memory(limit_bytes: int | None = None) -> Memory:
    return Memory(CPU, Precision(network=torch.bfloat16), limit_bytes, free=lambda _: 2**40)


class Add:
    """A patch that adds a number to one weight."""

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self.applied = 0

    def parameters(self) -> list[str]:
        return ["weight"]

    def apply(self, name: str, weight: Tensor) -> Tensor:
        assert (name, weight.dtype) == ("weight", torch.float32)
        self.applied += 1
        return weight + self.amount


def test_a_used_network_computes_in_the_roles_format_and_goes_back_to_the_files_own() -> None:
    memory, handle = a_memory(), a_network("a")
    own = handle.weights["weight"]

    with memory.use(handle) as (module,):
        assert module.weight.dtype == torch.bfloat16
    memory.free()

    assert next(handle.module.parameters()).data_ptr() == own.data_ptr()


def test_weights_that_need_no_change_are_used_where_they_are() -> None:
    memory, handle = Memory(CPU, Precision()), a_network("a")

    with memory.use(handle) as (module,):
        assert module.weight.data_ptr() == handle.weights["weight"].data_ptr()
    assert memory.resident_bytes() == 0


def test_the_least_recently_used_leaves_when_room_is_short() -> None:
    memory = a_memory(limit_bytes=2 * EACH)
    a, b, c = (a_network(name) for name in "abc")
    for handle in (a, b, a, c):
        with memory.use(handle):
            pass

    assert memory.resident() == [a, c]
    assert memory.resident_bytes() == 2 * EACH


def test_what_is_in_use_never_leaves() -> None:
    memory = a_memory(limit_bytes=EACH)
    a, b = a_network("a"), a_network("b")

    with memory.use(a), pytest.raises(OutOfMemory, match=r"b needs 0.0 GB on the CPU, 0.0 GB are free"), memory.use(b):
        pass

    assert memory.resident() == [a]


def test_room_for_activations_counts() -> None:
    memory = a_memory(limit_bytes=2 * EACH)
    a, b = a_network("a"), a_network("b")
    with memory.use(a):
        pass

    with memory.use(b, working_bytes=EACH):
        assert memory.resident() == [b]


def test_several_networks_are_resident_together() -> None:
    memory = a_memory(limit_bytes=2 * EACH)
    a, b = a_network("a"), a_network("b", role="control")

    with memory.use(a, b) as (first, second):
        assert (first, second) == (a.module, b.module)
        assert memory.resident() == [a, b]


def test_a_network_that_nobody_holds_leaves_by_itself() -> None:
    memory = a_memory()
    with memory.use(a_network("a")):
        pass
    gc.collect()

    assert (memory.resident(), memory.resident_bytes()) == ([], 0)


def test_a_patch_changes_what_computes_and_not_what_was_loaded() -> None:
    memory, handle = a_memory(), a_network("a")
    before = handle.weights["weight"].clone()

    with memory.use(Patched(handle, (Add(1),))) as (module,):
        assert torch.equal(module.weight, (before + 1).bfloat16())
    with memory.use(handle) as (module,):
        assert torch.equal(module.weight, before.bfloat16())

    assert torch.equal(handle.weights["weight"], before)


def test_equal_patches_are_applied_once() -> None:
    memory, handle, patch = a_memory(), a_network("a"), Add(1)
    for _ in range(3):
        with memory.use(Patched(handle, (patch,))):
            pass

    assert patch.applied == 1


def test_patches_apply_in_order() -> None:
    memory, handle = Memory(CPU, Precision()), a_network("a")

    class Double(Add):
        def apply(self, name: str, weight: Tensor) -> Tensor:
            assert name == "weight"
            return weight * 2

    with memory.use(Patched(handle, (Add(1), Double(0)))) as (module,):
        assert torch.equal(module.weight, (handle.weights["weight"] + 1) * 2)


def test_running_out_of_memory_inside_is_a_sentence() -> None:
    with pytest.raises(OutOfMemory, match=r"Out of memory in a on the CPU. Use a smaller picture"):
        _allocate(a_memory(), a_network("a"))


def _allocate(memory: Memory, handle: Handle) -> None:
    with memory.use(handle):
        torch.empty(2**60, dtype=torch.uint8)


def test_a_handle_made_for_a_key_is_shared_while_it_lives() -> None:
    memory = a_memory()
    first = memory.share("key", lambda: a_network("a"))

    assert memory.share("key", lambda: a_network("b")) is first
    del first
    gc.collect()
    assert memory.share("key", lambda: a_network("c")).name == "c"


@pytest.mark.skipif(sys.platform != "linux", reason="only there does the C library hand memory back when told to")
def test_freed_memory_goes_back_to_the_system_when_networks_change() -> None:
    kept: list[Tensor] = []
    for _ in range(2):  # the C library learns from the first time that such blocks are worth keeping
        blocks = [torch.ones(2**17) for _ in range(400)]
        kept = blocks[::8]  # between them lies what it will not hand back by itself
        del blocks
    held = _resident_bytes()

    with a_memory().use(a_network("a")):
        assert _resident_bytes() < held - 80_000_000

    assert all(block.sum() == 2**17 for block in kept)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
