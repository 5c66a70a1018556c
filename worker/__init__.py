"""The process that owns a device: loads nodes, runs jobs one after the other, and tells the server what happens."""
