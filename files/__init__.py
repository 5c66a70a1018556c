"""Files: where models and pictures live, names that cannot climb out, atomic saving, metadata in files. No torch."""
