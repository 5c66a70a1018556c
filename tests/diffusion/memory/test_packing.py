"""Weights that the CPU's kernels read as they lie, on real layers in bfloat16."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from diffusion.memory import Handle, Memory, Patch, Patched, Precision
from diffusion.memory.packing import can_pack

pytestmark = pytest.mark.skipif(not can_pack(), reason="this build of torch computes without oneDNN")

PLAIN = Precision(network=torch.bfloat16, channels_last=True)
PACKED = Precision(network=torch.bfloat16, channels_last=True, packed=True)


class Tiny(nn.Module):
    """One of each kind of layer that has a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(4, 32)
        self.wrapped = nn.Conv2d(32, 32, 3, padding=1, padding_mode="circular")
        self.same = nn.Conv2d(32, 32, 3, padding="same")
        self.grouped = nn.Conv2d(32, 32, 1, groups=4, bias=False)
        self.linear = nn.Linear(32, 24)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.grouped(self.same(self.wrapped(self.norm(self.conv(x)))))
        answer: Tensor = self.linear(hidden.flatten(2).transpose(1, 2))
        return answer


def a_network() -> Handle:
    torch.manual_seed(0)
    return Handle("tiny", "network", Tiny())


def a_memory(precision: Precision = PACKED) -> Memory:
    return Memory(torch.device("cpu"), precision, free=lambda _: 2**40)


def compute(handle: Handle, memory: Memory, *patches: Patch, times: int = 3, height: int = 12) -> Tensor:
    """The last of several answers to one picture: by then weights are packed, where they are to be."""
    picture = torch.randn(2, 16, height, 20, generator=torch.Generator().manual_seed(1))
    answer = picture
    with memory.use(Patched(handle, patches)) as (network,), torch.inference_mode():
        for _ in range(times):
            answer = network(picture.to(torch.bfloat16, memory_format=torch.channels_last))
    return answer


def packed(handle: Handle) -> set[str]:
    return {name for name, weight in handle.module.named_parameters() if weight.is_mkldnn}


class Halve:
    """A patch of a convolution and a linear layer."""

    def parameters(self) -> list[str]:
        return ["conv.weight", "linear.weight"]

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return weight / 2


def test_packed_weights_compute_what_plain_ones_do_bit_for_bit() -> None:
    handle, memory = a_network(), a_memory()
    expected = compute(a_network(), a_memory(PLAIN))

    answers = [compute(handle, memory, times=1) for _ in range(3)]

    assert packed(handle)
    assert all(torch.equal(answer, expected) for answer in answers)


def test_weights_are_packed_when_a_shape_comes_again_and_plain_once_another_comes() -> None:
    handle, memory = a_network(), a_memory()
    steps = []
    for height in (12, 12, 16, 12, 12):
        compute(handle, memory, times=1, height=height)
        steps.append(bool(packed(handle)))

    assert steps == [False, True, False, False, True]


def test_convolutions_and_linear_layers_are_packed_and_unusual_ones_are_left_alone() -> None:
    handle = a_network()

    compute(handle, a_memory())

    assert packed(handle) == {"conv.weight", "grouped.weight", "linear.weight"}


def test_packed_weights_are_the_files_own_in_another_order() -> None:
    handle = a_network()

    compute(handle, a_memory())

    held = dict(handle.module.named_parameters())
    for name, weight in handle.weights.items():
        assert torch.equal(held[name].to_dense() if held[name].is_mkldnn else held[name], weight.bfloat16())


def test_a_patch_changes_packed_weights_and_leaves_without_a_trace() -> None:
    handle, memory = a_network(), a_memory()
    before = compute(handle, memory)

    patched = compute(handle, memory, Halve())

    assert torch.equal(patched, compute(a_network(), a_memory(PLAIN), Halve()))
    assert not torch.equal(patched, before)
    assert torch.equal(compute(handle, memory), before)


def test_an_unloaded_network_has_its_own_layers_and_the_files_own_weights_again() -> None:
    handle, memory = a_network(), a_memory()
    kinds = [type(module) for module in handle.module.modules()]
    compute(handle, memory)
    assert [type(module) for module in handle.module.modules()] != kinds

    memory.free()

    assert [type(module) for module in handle.module.modules()] == kinds
    held = dict(handle.module.named_parameters())
    assert all(held[name].data_ptr() == weight.data_ptr() for name, weight in handle.weights.items())


def test_a_copy_of_a_network_at_work_has_plain_layers_and_the_files_weights() -> None:
    handle = a_network()
    compute(handle, a_memory(), Halve())

    copied = handle.copy_module()

    assert {type(module) for module in copied.modules()} == {type(module) for module in Tiny().modules()}
    held = dict(copied.named_parameters())
    assert all(torch.equal(held[name], weight) for name, weight in handle.weights.items())
    assert all(held[name].data_ptr() != weight.data_ptr() for name, weight in handle.weights.items())


def test_the_copy_that_packing_takes_counts_even_when_the_file_has_the_right_format() -> None:
    memory, handle = a_memory(), Handle("half", "network", nn.Linear(10, 10, bias=False).bfloat16())

    with memory.use(handle):
        assert memory.resident_bytes() == 200
