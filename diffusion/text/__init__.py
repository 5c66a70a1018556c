"""Prompts to vectors: tokenizer, weights grammar, text encoders."""

from diffusion.text.clip import Clip
from diffusion.text.encode import encode
from diffusion.text.tokenizer import ClipTokenizer

__all__ = ["Clip", "ClipTokenizer", "encode"]
