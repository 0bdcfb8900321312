"""The service under faults: real brokers, replicas as processes, and an audit of what came out."""
