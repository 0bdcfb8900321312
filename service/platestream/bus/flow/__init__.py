"""Consumed messages to finished frames in source order, and what holds them up."""
