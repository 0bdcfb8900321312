"""What the stream does on any Kafka: one suite, run on the embedded broker and on a real one."""
