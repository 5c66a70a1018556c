"""The starter model from packages of artwork to files in models/starter: `python -m training.starter`."""
