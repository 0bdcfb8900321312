"""A place in the group: kept through rebalances, lost with the generation."""

from typing import Any, cast

import pytest
from confluent_kafka import Consumer

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.clients.membership import Membership, generation_of
from tests.stream.waiting import wait_until


class Clock:
    now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Member:
    """A consumer that only knows its generation."""

    def __init__(self) -> None:
        self.generation = -1
        self.name: str | None = "me"

    def memberid(self) -> str | None:
        return self.name

    def consumer_group_metadata(self) -> bytes:
        return b"CGMDv2:" + self.generation.to_bytes(4, "little", signed=True) + b"group\0me\0\0\1"


def look(membership: Membership, member: Member) -> None:
    membership.look(cast("Consumer", member))


def test_nobody_has_a_place_before_the_group_gave_one() -> None:
    membership, member = Membership(clock=Clock()), Member()
    look(membership, member)
    assert not membership.held(1000)
    membership.gained()
    assert membership.held(0)


def test_a_stand_by_has_its_place_by_its_generation() -> None:
    membership, member = Membership(clock=Clock()), Member()
    member.generation = 4
    look(membership, member)
    assert membership.held(0)


def test_a_lost_place_counts_for_as_long_as_a_rejoin_takes() -> None:
    membership, member = Membership(clock=Clock()), Member()
    membership.gained()
    look(membership, member)
    assert membership.held(20)
    for _ in range(20):
        look(membership, member)
    assert not membership.held(20)
    member.generation = 5
    look(membership, member)
    assert membership.held(0)


def test_an_old_generation_without_a_name_is_no_place() -> None:
    """As librdkafka leaves it when the session ends and there is no broker to join again with."""
    membership, member = Membership(clock=Clock()), Member()
    member.generation = 2
    membership.gained()
    look(membership, member)
    membership.lost()
    member.name = None
    for _ in range(20):
        look(membership, member)
    assert not membership.held(20)
    member.generation, member.name = 3, "me again"
    look(membership, member)
    assert membership.held(0)


def test_without_a_coordinator_a_place_ends_with_the_session() -> None:
    """The new group protocol's client goes on as a member, in name and generation."""
    clock = Clock()
    membership, member = Membership(session_seconds=45, clock=clock), Member()
    member.generation = 2
    look(membership, member)
    membership.statistics('{"cgrp": {"state": "up"}}')
    clock.now += 100
    assert membership.held(20)
    for state in ("query-coord", "wait-broker-transport"):
        membership.statistics(f'{{"cgrp": {{"state": "{state}"}}}}')
    clock.now += 60
    look(membership, member)
    assert membership.held(20)
    clock.now += 5
    assert not membership.held(20)
    membership.statistics('{"cgrp": {"state": "up"}}')
    assert membership.held(20)
    membership.statistics('{"brokers": {}}')
    assert membership.held(20), "a client that is no member says nothing of a group"


def test_lost_partitions_are_a_lost_place_until_the_group_says_otherwise() -> None:
    membership = Membership(clock=Clock())
    membership.gained()
    membership.lost()
    assert not membership.held(0)
    membership.gained()
    assert membership.held(0)


@pytest.mark.parametrize("metadata", [None, b"", b"CGMDv3:\1\0\0\0", object()])
def test_an_unknown_form_decides_nothing(metadata: Any) -> None:
    assert generation_of(metadata) is None


def test_the_library_writes_its_metadata_as_we_read_them() -> None:
    """Should a new librdkafka write them otherwise, readiness would rest on callbacks alone."""
    with EmbeddedBroker(topics={"frames": 1}) as broker:
        member = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "g"})
        assert generation_of(member.consumer_group_metadata()) == -1
        member.subscribe(["frames"])

        def joined() -> bool:
            member.poll(0.1)
            return (generation_of(member.consumer_group_metadata()) or 0) > 0

        wait_until(joined, "a generation")
        member.close()
