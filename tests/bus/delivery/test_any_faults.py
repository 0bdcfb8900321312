"""Transactions under faults, refusals and drops at random: events and offsets agree."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.bus.delivery import transactional
from tests.bus.delivery.desk import HERE, THERE, Desk, abortable
from tests.stream.waiting import wait_until


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(1, 25), limit=st.integers(1, 6))
def test_under_any_faults_events_and_offsets_agree(seed: int, frames: int, limit: int) -> None:
    chance = random.Random(seed)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(transactional, "_LONGEST_WAIT", 0.0)
    desk = Desk(max_frames=limit)
    desk.delivery.start()
    sizes = {(p, n): chance.randrange(3) for p in (HERE, THERE) for n in range(frames)}
    refused = {b"%d.0" % n for n in range(frames) if chance.random() < 0.1}
    desk.broker.refuses = lambda record: record.value in refused
    waiting = [desk.finished(p, n, sizes[p, n]) for n in range(frames) for p in (HERE, THERE)]
    dropped = False

    def done() -> bool:
        nonlocal dropped
        if waiting and chance.random() < 0.5:
            desk.delivery.submit([waiting.pop(0)])
        if chance.random() < 0.1:
            desk.broker.tell(chance.choice(["send_offsets", "commit"]), abortable())
        if not dropped and chance.random() < 0.03:
            dropped = True
            desk.drop(THERE)
            waiting[:] = [f for f in waiting if f.partition != THERE]
        if chance.random() < 0.1:
            desk.broker.room = chance.randrange(3)
        desk.delivery.step()
        return not waiting and desk.delivery.waiting == 0

    try:
        wait_until(done, "the delivery of all frames")
    finally:
        monkey.undo()
        desk.delivery.abort()
    assert desk.broker.offsets[HERE] == frames
    for partition in (HERE, THERE):
        expected: list[bytes] = []
        for n in range(desk.broker.offsets.get(partition, 0)):
            values = [b"%d.%d" % (n, i) for i in range(sizes[partition, n])]
            expected += [b"%d" % n] if refused.intersection(values) else values
        key = b"%d" % partition.number
        assert [r.value for r in desk.broker.committed if r.key == key] == expected
