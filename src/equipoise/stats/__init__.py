"""Kernels, arrays in, arrays out; no word of the registry."""
