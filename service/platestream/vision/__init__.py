"""Pictures to readings: guard, detector, rectifier, recognizer, model bundles. Knows no Kafka."""
