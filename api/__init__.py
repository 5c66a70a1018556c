"""The HTTP face: routes, websockets, and the dispatcher that hands jobs to workers. One file a subject."""
