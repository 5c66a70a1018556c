from __future__ import annotations

import torch
from PIL import Image

from nodes.lessons import learn_forward
from nodes.sheets import CELL, Row, draw_sheet, grey_map


def test_the_forward_lesson_draws_both_schedules_and_the_first_picture_is_clean() -> None:
    sheet = learn_forward(image=torch.full((1, 32, 32, 3), 0.5), seed=1, looks=3)
    assert sheet.shape[0] == 1
    assert sheet.shape[3] == 3
    first, last = sheet[0, 60, 60], sheet[0, 30 + 2 : 30 + CELL, 8 + 2 * (CELL + 8) : -10]
    assert torch.allclose(first, torch.full((3,), 0.5), atol=0.15)
    assert float(last.std()) > 0.2


def test_a_sheet_is_as_wide_as_its_longest_row() -> None:
    picture = Image.new("RGB", (4, 4))
    sheet = draw_sheet([Row("a", [picture] * 3, ["", "", ""]), Row("b", [picture], [""])])
    assert sheet.shape[2] == 3 * (CELL + 8) + 8


def test_a_grey_map_puts_the_middle_of_any_numbers_at_grey() -> None:
    pixels = grey_map(torch.randn(8, 8) * 100 + 1000)
    assert 110 < sum(pixels.tobytes()) / 64 < 145
