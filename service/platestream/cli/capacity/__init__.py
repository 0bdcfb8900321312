"""Capacity: what a frame costs on this machine, and what a number of cameras needs."""
