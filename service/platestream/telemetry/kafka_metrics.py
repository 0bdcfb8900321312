"""Metrics of the Kafka interface: partitions, commits, transactions, records, registry."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import STAGE_BUCKETS


class KafkaMetrics:
    """Consumer, producer and schema registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)

        self.consumer_lag = gauge(
            "platestream_consumer_lag",
            "Messages of an assigned partition that wait behind the committed offset; a partition "
            "whose lag is not known has no series.",
            ["topic", "partition"],
        )
        self.lag_unknown_partitions = gauge(
            "platestream_lag_unknown_partitions",
            "Assigned partitions whose lag the brokers did not tell when last asked.",
        )
        self.time_behind = gauge(
            "platestream_time_behind_seconds",
            "Age of the oldest frame of an assigned partition that is not yet committed; 0 when "
            "there is none. A partition whose lag is not known has no series.",
            ["topic", "partition"],
        )
        self.assigned_partitions = gauge(
            "platestream_assigned_partitions",
            "Partitions assigned to this replica.",
        )
        self.rebalances = counter(
            "platestream_rebalances",
            "Times that partitions were assigned, revoked or lost, by event.",
            ["event"],
        )
        self.commits = counter(
            "platestream_commits",
            "Offset commits, by status: ok or failed.",
            ["status"],
        )
        self.transactions = counter(
            "platestream_transactions",
            "Transactions, by outcome: committed, aborted (its frames go into the next one), "
            "fenced (another producer has our name) or fatal.",
            ["outcome"],
        )
        self.transaction_seconds = histogram(
            "platestream_transaction_duration_seconds",
            "From the first record of a transaction to its end.",
            buckets=STAGE_BUCKETS,
        )
        self.consumer_errors = counter(
            "platestream_consumer_errors",
            "Errors that the consumer reported, by Kafka's name of the error; most pass by "
            "themselves.",
            ["error"],
        )
        self.records_published = counter(
            "platestream_records_published",
            "Output records, by topic and status: delivered, failed (refused by a broker or by the "
            "client) or unanswered (no broker took it in time).",
            ["topic", "status"],
        )
        self.registry_requests = counter(
            "platestream_registry_requests",
            "Requests to the schema registry, by operation and outcome: ok, not_found, refused or "
            "unavailable.",
            ["operation", "outcome"],
        )
        self.partitions_waiting = gauge(
            "platestream_partitions_waiting",
            "Partitions that wait for a picture host or schema registry which is away.",
        )
        self.consumer_paused = gauge(
            "platestream_consumer_paused",
            "1 while consumption is paused by back-pressure, else 0.",
        )
        self.backpressure_seconds = counter(
            "platestream_backpressure_seconds",
            "Time during which consumption was paused by back-pressure.",
        )
        self.last_poll_timestamp = gauge(
            "platestream_last_poll_timestamp_seconds",
            "Unix time of the consumer's last poll; it must never stand still.",
        )
