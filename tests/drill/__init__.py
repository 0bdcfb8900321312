"""A drill: faults of real parts, and the chart's own alerts on them (``make drill``)."""
