"""Names of weights: from the layouts that files use to those of the modules that compute. Names only, no weights."""
