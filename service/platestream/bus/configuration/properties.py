"""librdkafka's settings for our clients, each with its reason. Pass-through settings come last."""

import socket
from typing import Any

from platestream.bus.configuration.security import CLASSIC_ONLY, client_security
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import ConfigurationError


def client_configuration(settings: KafkaSettings, *, writes: bool = False) -> dict[str, Any]:
    """What every client needs: addresses and security.

    Args:
        settings: The Kafka interface's settings.
        writes: Whether it is a producer. All others get in as the consumer does.

    Raises:
        ConfigurationError: If a secret's file cannot be read.
    """
    kinds = (settings.consumer, settings.producer)
    own, other = reversed(kinds) if writes else kinds
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": settings.client_id,
        # Some load balancers and firewalls cut connections that are silent for minutes.
        "socket.keepalive.enable": True,
        # A quiet connection that the broker closes (connections.max.idle.ms) is no event.
        "log.connection.close": False,
        # Who is connected, to say that a broker is back: 5 s is how late that line may be, and the
        # document, some kilobytes, is only looked into while a broker is away.
        "statistics.interval.ms": 5_000,
        **client_security(settings.security, own, other),
    }


def consumer_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """The frames consumer's settings."""
    configuration = {
        **client_configuration(settings),
        "group.id": settings.group_id,
        # Offsets are committed by us alone, explicitly, after delivery.
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        # Where to go on instead is decided by us (platestream.bus.flow.positions): librdkafka would
        # pass over frames in silence, and take the setting for a group's start for the answer to an
        # offset that is not kept any more.
        "auto.offset.reset": "error",
        # Only what moves is taken away in a rebalance; eager protocols stop the whole group and
        # rewind partitions that stay.
        "partition.assignment.strategy": "cooperative-sticky",
        # A dead replica's partitions are taken over after this time; shorter mistakes a slow
        # network for a death. Heart-beats come from librdkafka's own thread.
        "session.timeout.ms": 45_000,
        "heartbeat.interval.ms": 3_000,
        # We poll several times a second whatever inference does, so this is only the deadline for
        # a rebalance callback (kafka.revoke_seconds) and for a process that hangs.
        "max.poll.interval.ms": 300_000,
        # Frames are large: bound what is fetched ahead by bytes. It is a threshold, one fetch more
        # may land on top, so that is bounded, too.
        "queued.max.messages.kbytes": settings.prefetch_kbytes,
        "fetch.max.bytes": 16 * 1024 * 1024,
        # With a small queue the default of one second between fetches makes the flow saw-toothed.
        "fetch.queue.backoff.ms": 100,
        "fetch.wait.max.ms": 100,
        # Only committed records, should the producers of frames use transactions. Our own promise
        # rests on it, too: offsets of a transaction that has not ended are waited for.
        "isolation.level": "read_committed",
        # The only way to know that nothing but a transaction's marker is left before the end, which
        # is to be committed then: the group's lag would else stay at one for ever.
        "enable.partition.eof": True,
        # A frame damaged on its way must not reach a decoder as if it were whole.
        "check.crcs": True,
        # A mistyped topic must not come into being by our asking for it.
        "allow.auto.create.topics": False,
        # How late partitions that were added are noticed (every 5 minutes by default): their
        # frames wait for it, so half a minute, which is one small request per replica. Shorter
        # gains little, since the rebalance that follows takes seconds anyway.
        "topic.metadata.refresh.interval.ms": 30_000,
    }
    if settings.group_instance_id is not None:
        configuration["group.instance.id"] = settings.group_instance_id
    if settings.group_protocol == "consumer":
        configuration["group.protocol"] = "consumer"
        for key in CLASSIC_ONLY:
            del configuration[key]
    return {**configuration, **settings.consumer}


def ends_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """The settings of the consumer that only asks for the ends of partitions.

    It is a client like the frames consumer, pass-through included, so that it may what that may.
    """
    configuration = {
        **consumer_configuration(settings),
        # The end of the log and not of what is committed: frames of a transaction that is not
        # committed yet wait, too.
        "isolation.level": "read_uncommitted",
    }
    # Two clients with one name of a static member would be an accident waiting to happen.
    configuration.pop("group.instance.id", None)
    return configuration


def reading_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """The settings of a consumer beside the group: of cameras' settings, of a probe's answers.

    It gets in as the frames consumer does, reads what is committed, and notices ends.
    """
    return {**ends_configuration(settings), "isolation.level": "read_committed"}


def producer_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """The settings of the producer of plates, failures and results."""
    configuration = {
        **client_configuration(settings, writes=True),
        # No record is lost or doubled by a retry, and none overtakes another of its partition.
        "enable.idempotence": True,
        "acks": "all",
        # The time that a leader election or a broker's restart may take. Longer than that is an
        # outage: the service ends, and the frames are read again.
        "message.timeout.ms": 120_000,
        "request.timeout.ms": 30_000,
        "message.max.bytes": settings.max_record_bytes,
        # 5 ms: gathers the records of one batch of frames into few requests.
        "queue.buffering.max.ms": 5,
        # The one that every client reads as it installs: kafka-python, aiokafka and kafkajs have no
        # lz4, snappy or zstd without another package. Eight plates at a time take 92 bytes each
        # instead of 246 (lz4: 115) and 44 us of processor time (none: 12, lz4: 22), where reading
        # one takes milliseconds.
        "compression.type": "gzip",
        # Records waiting for the broker. More stay behind in the outbox, inside the in-flight
        # budget; see docs/STREAM.md for the memory bound.
        "queue.buffering.max.kbytes": max(32_768, 2 * settings.max_record_bytes // 1024),
        # Kafka's own clients' hash: a camera's plates and frames land where other tools expect.
        "partitioner": "murmur2_random",
    }
    return {**configuration, **settings.producer}


def transactional_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """The settings of the same producer when it works in transactions."""
    configuration = {
        **producer_configuration(settings),
        "transactional.id": transactional_id(settings),
        # How long readers of committed records, and the next owner of our partitions, wait for a
        # replica that died in mid-transaction. Long enough for an election at the coordinator.
        "transaction.timeout.ms": 30_000,
        # A record that is still on its way when its transaction has been given up is of no use.
        "message.timeout.ms": 25_000,
        # Two tries and more inside of that.
        "request.timeout.ms": 10_000,
        # A transaction that follows at once on another finds the coordinator busy with the marks of
        # the last, and is asked for again after this time. The default of 100 ms was half of it:
        # back to back, in turn, on three brokers and two busy cores, 106 ms against 55 ms. What
        # fails again and again is asked for ever more rarely, up to a second.
        "retry.backoff.ms": 20,
        # Offsets that are sent to a coordinator that has just died can wait for ever, whatever
        # their time-out: librdkafka goes on looking for the new one only when the connection of
        # some broker comes or goes (its issues 5456 and 5511). While they wait nothing else is
        # sent, so closing what is idle is what ends the wait. 10 s: about as long as the cluster
        # takes to elect another (broker.session.timeout.ms, 9 s), and a camera that is quiet for
        # longer can afford to connect again.
        "connections.max.idle.ms": 10_000,
    }
    return {**configuration, **settings.producer}


def transactional_id(settings: KafkaSettings) -> str:
    """The name under which the producer's transactions run.

    The default is the same after a restart in the same place, so that the successor ends at once
    what its predecessor left open, and different for every pod.
    """
    return settings.transactional_id or f"{settings.group_id}-{socket.gethostname()}"


def seconds_of(configuration: dict[str, Any], key: str, default: int) -> float:
    """A time of a librdkafka configuration in seconds."""
    try:
        return float(configuration.get(key, default)) / 1000
    except (TypeError, ValueError):
        raise ConfigurationError(f"{key} must be a number of milliseconds") from None
