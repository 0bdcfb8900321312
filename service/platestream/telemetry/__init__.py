"""Metrics, health and logs. Used by every layer, uses none."""
