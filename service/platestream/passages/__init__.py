"""Passages: one event for each vehicle that passes a camera. Pure logic, without any I/O."""
