"""How models come to be: the starter model's recipe, its evaluation, and training loops that others can call."""
