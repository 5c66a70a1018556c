"""Bodies in space: voxels, triangles and clouds of Gaussians, and what is done to them."""
