"""The Kafka interface's settings, what they come to for each client, and what cannot hold."""
