"""Metrics, health and logs. Used by every floor, uses none."""
