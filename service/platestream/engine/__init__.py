"""The stream application: frames' results in; passages and alerts out, on Quix Streams.

It has an environment of its own (the extra ``passages``): its engine bounds the Kafka client below
the version that the service needs, so nothing here may import the service's client.
"""
