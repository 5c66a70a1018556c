"""Diffusion painting on torch: loading, text, sampling, guidance, VAE, adapters. Knows no graph, server or node."""
