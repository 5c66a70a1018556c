"""How fast and how small Easel is: ``python -m benchmarks`` measures each figure and shows its target beside it."""
