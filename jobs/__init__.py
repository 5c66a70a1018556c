"""Durable jobs: what was asked for, in which order it runs, what came of it. No torch, no web framework."""
