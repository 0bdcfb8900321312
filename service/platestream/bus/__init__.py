"""The Kafka door: consumer, publisher, embedded broker."""
