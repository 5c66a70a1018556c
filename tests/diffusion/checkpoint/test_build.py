from __future__ import annotations

import torch
from torch import Tensor, nn

from diffusion.checkpoint.build import build_empty


class _WithTable(nn.Module):
    table: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.register_buffer("table", torch.arange(3.0))
        self.plain = torch.ones(2)


def test_parameters_are_on_meta_and_everything_else_is_real() -> None:
    module = build_empty(_WithTable)

    assert {parameter.device.type for parameter in module.parameters()} == {"meta"}
    assert (module.table.tolist(), module.plain.tolist()) == ([0, 1, 2], [1, 1])


def test_torch_is_as_it_was_afterwards() -> None:
    before = nn.Module.register_parameter, nn.init.ones_

    build_empty(_WithTable)

    assert (nn.Module.register_parameter, nn.init.ones_) == before
    assert nn.Linear(2, 2).weight.device.type == "cpu"
