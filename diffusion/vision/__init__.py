"""Pictures as CLIP's image tower sees them, and how alike a picture and a text are."""

from diffusion.vision.encode import ClipVision, ClipVisionOutput, Crop, encode_pictures
from diffusion.vision.likeness import embed_pictures, embed_texts

__all__ = ["ClipVision", "ClipVisionOutput", "Crop", "embed_pictures", "embed_texts", "encode_pictures"]
