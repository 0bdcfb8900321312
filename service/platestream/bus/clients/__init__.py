"""Kafka's clients: how they are set up, the consumer, the embedded broker."""
