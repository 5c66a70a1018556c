"""What a model can do, measured on prompts that were fixed before it was trained: `python -m training.evaluate`."""
