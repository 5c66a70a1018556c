"""Samplers: functions that walk from noise to a picture, each reading like its paper. By name in ``SAMPLERS``."""

from diffusion.sampling.samplers.registry import SAMPLERS, find_sampler
from diffusion.sampling.samplers.sampler import Sampler

__all__ = ["SAMPLERS", "Sampler", "find_sampler"]
