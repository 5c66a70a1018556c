"""The engine: graphs of typed nodes, checked, planned, cached and executed. No torch, no network, no clock, no files."""
