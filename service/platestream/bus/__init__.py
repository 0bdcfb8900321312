"""The Kafka interface: consumer, publisher, embedded broker."""
