"""Results kept on disk over restarts: how values are written down, where, and for how long they hold."""
