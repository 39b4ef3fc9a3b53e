"""Simulated recordings, with their physics and the sources of it: see `bearing`."""
