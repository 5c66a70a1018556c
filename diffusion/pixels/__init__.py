"""Maths on pictures and masks, without any model: pure torch, with Pillow where its result is the reference."""
