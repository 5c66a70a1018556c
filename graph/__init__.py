"""The engine: graphs of typed nodes, checked, planned, cached, executed. No torch, no network, no clock, no files."""
