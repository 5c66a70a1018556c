"""What is laid over a loaded network and comes off without a trace: LoRA, ControlNet."""
