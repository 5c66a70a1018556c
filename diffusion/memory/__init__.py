"""Which networks are on the device now, in which number format, and what gives way when room is short."""

from diffusion.memory.handle import Handle, Origin, Patch, Patched, Role
from diffusion.memory.precision import Precision, choose_precision
from diffusion.memory.residency import Memory, open_memory

__all__ = ["Handle", "Memory", "Origin", "Patch", "Patched", "Precision", "Role", "choose_precision", "open_memory"]
