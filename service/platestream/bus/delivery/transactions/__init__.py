"""The parts of a Kafka transaction: what fills it, what ends it, and how its errors are read."""
