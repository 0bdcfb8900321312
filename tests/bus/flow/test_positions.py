"""Where partitions are read from, by what brokers answer; on real ones in test_positions_kafka."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from platestream.bus.clients.end_offsets import Ends
from platestream.bus.clients.topics import CommittedOffset, TopicIdentity
from platestream.bus.errors import PositionError
from platestream.bus.flow.places import Policy, Skipped
from platestream.bus.flow.positions import Positions
from platestream.bus.partitions import Marks, Partition
from platestream.telemetry.metrics import Metrics

HERE = Partition("frames", 0)
OLD, NEW = TopicIdentity("c", "old"), TopicIdentity("c", "new")
ELSEWHERE = TopicIdentity("d", "new")


@dataclass
class Brokers:
    """The answers, and what happens to the partition."""

    answer: Ends | None = None
    marks: Marks = field(default_factory=dict)
    silent: bool = False
    at: int | None = None
    is_busy: bool = False
    begun: list[int] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)
    asked: int = 0
    delivered: int = 50
    abandoned: int = 0

    @property
    def assignment(self) -> "Brokers":
        return self

    def ask(self) -> None:
        self.asked += 1

    def suspend(self, _partition: Partition) -> None:
        self.silent = True

    def unsuspend(self, _partition: Partition) -> None:
        self.silent = False

    def restart(self, _partition: Partition, offset: int) -> bool:
        self.at = offset
        return True

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool) -> None:
        assert not wait
        self.commits += offsets.values()

    def busy(self, _partition: Partition) -> bool:
        return self.is_busy

    def next_offset(self, _partition: Partition) -> int | None:
        return 50

    def position(self, _partition: Partition) -> int | None:
        return self.delivered

    def abandon(self, _partition: Partition) -> None:
        self.abandoned += 1

    def begin(self, _partition: Partition, offset: int) -> None:
        self.begun.append(offset)


class Case:
    def __init__(self, policy: Policy = "earliest") -> None:
        self.metrics = Metrics()
        self.brokers = Brokers()
        self.positions = Positions(
            ends=self.brokers,
            consumer=self.brokers,
            frames=self.brokers,
            policy=policy,
            skipped=Skipped(self.metrics),
        )
        self.positions.assigned([HERE])

    def answer(
        self,
        kept: tuple[int, int] = (0, 100),
        identity: TopicIdentity | None = OLD,
        committed: Mapping[int, CommittedOffset] | None = None,
        partitions: int | None = 1,
    ) -> None:
        first, end = kept
        there = partitions != 0
        self.brokers.answer = Ends(
            time.monotonic(),
            {HERE: end} if there else {},
            {HERE: first} if there else {},
            identity,
            committed,
            partitions=partitions,
        )
        self.positions.step()

    def counted(self, reason: str) -> tuple[float | None, ...]:
        return tuple(
            self.metrics.registry.get_sample_value(f"platestream_{name}", {"reason": reason})
            for name in ("frames_skipped_total", "position_resets_total")
        )

    def settled(self) -> "Case":
        self.answer(committed={0: CommittedOffset(50, OLD.mark)})
        assert not self.brokers.silent
        return self


def test_nothing_is_read_before_it_is_known_of_which_topic_the_offset_is() -> None:
    case = Case()
    case.positions.step()
    assert case.brokers.silent
    assert case.brokers.asked == 1
    case.answer(committed=None)
    assert case.brokers.silent, "what is committed was not answered"
    case.settled()
    assert case.brokers.at is None, "it is read from the committed offset"
    assert case.brokers.marks == {HERE: OLD.mark}
    assert case.counted("offset_reset") == (0.0, 0.0)


def test_where_brokers_tell_no_ids_the_committed_offset_is_taken() -> None:
    case = Case()
    case.answer(identity=None, committed={})
    assert not case.brokers.silent
    assert case.brokers.marks == {}


def test_an_offset_of_a_deleted_topic_is_not_used_in_the_one_that_has_its_name() -> None:
    case = Case()
    case.answer(kept=(3, 100), identity=NEW, committed={0: CommittedOffset(50, OLD.mark)})
    assert (case.brokers.at, case.brokers.silent) == (None, True)
    case.positions.step()
    assert (case.brokers.at, case.brokers.silent) == (3, False)
    assert case.brokers.marks == {HERE: NEW.mark}
    assert case.counted("topic_recreated") == (0.0, 1.0)


@pytest.mark.parametrize("mark", ["", None, "their own", ELSEWHERE.mark])
def test_an_offset_that_somebody_else_set_is_used_and_said(mark: str | None) -> None:
    case = Case()
    case.answer(committed={0: CommittedOffset(70, mark)})
    assert not case.brokers.silent
    assert case.brokers.at is None
    assert case.counted("offset_reset") == (0.0, 1.0)


def test_a_topic_made_anew_is_begun_when_what_was_read_of_the_old_one_is_through() -> None:
    case = Case().settled()
    case.answer(kept=(0, 100))
    case.brokers.is_busy = True
    case.answer(kept=(2, 150), identity=NEW)
    assert (case.brokers.at, case.brokers.silent) == (None, True)
    case.brokers.is_busy = False
    case.positions.step()
    assert (case.brokers.at, case.brokers.silent) == (2, False)
    assert case.brokers.begun[-1] == 2
    # Offsets 50 to 99 of the old topic were unread when last looked at.
    assert case.counted("topic_recreated") == (50.0, 1.0)
    case.answer(kept=(2, 150), identity=NEW)
    assert case.counted("topic_recreated") == (50.0, 1.0)


@pytest.mark.parametrize("policy", ["earliest", "latest"])
def test_a_refused_offset_goes_on_at_the_first_that_is_kept(policy: Policy) -> None:
    case = Case(policy).settled()
    case.positions.refused(HERE, 50)
    case.positions.step()
    assert case.brokers.silent, "the last answer is older"
    case.answer(kept=(65, 100))
    assert (case.brokers.at, case.brokers.silent) == (65, False)
    assert case.counted("retention") == (15.0, 1.0)


def test_an_offset_behind_the_end_is_of_a_log_that_lost_its_end() -> None:
    case = Case().settled()
    case.positions.refused(HERE, 50)
    case.answer(kept=(0, 40))
    assert case.brokers.at == 0
    assert case.counted("log_truncated") == (0.0, 1.0)


def test_an_offset_that_is_kept_after_all_is_read_again() -> None:
    case = Case().settled()
    case.positions.refused(HERE, 50)
    case.answer(kept=(0, 100))
    assert case.brokers.at == 50
    assert case.counted("retention") == (0.0, 0.0)


def test_earliest_need_not_know_what_else_the_group_has_committed() -> None:
    """While a broker is away that may not be told for long."""
    case = Case().settled()
    case.positions.refused(HERE, None)
    assert case.brokers.silent
    case.answer(kept=(4, 100), committed=None)
    assert (case.brokers.at, case.brokers.silent) == (4, False)


def test_latest_is_for_a_group_without_any_offset_and_commits_where_it_begins() -> None:
    case = Case("latest")
    case.positions.refused(HERE, None)
    case.answer(kept=(10, 100), committed={})
    assert (case.brokers.at, case.brokers.commits) == (100, [100])
    assert case.counted("offset_reset") == (90.0, 1.0)
    added = Case("latest")
    added.positions.refused(HERE, None)
    added.answer(kept=(0, 100), committed={1: CommittedOffset(7, OLD.mark)})
    assert added.brokers.at == 0, "the partition came later"
    assert added.counted("offset_reset") == (0.0, 0.0)


def test_offsets_that_went_with_the_topic_do_not_begin_at_its_end() -> None:
    case = Case("latest").settled()
    case.positions.gone([HERE])
    case.positions.assigned([HERE])
    case.positions.refused(HERE, None)
    case.answer(kept=(0, 100), identity=NEW, committed={})
    assert case.brokers.at == 0


def test_a_partition_that_the_new_topic_does_not_have_is_given_up_and_counted() -> None:
    """Brokers take no offset of it, so that frames in flight of it would hold up all others."""
    case = Case().settled()
    case.answer(kept=(0, 70))
    case.brokers.is_busy, case.brokers.delivered = True, 40
    case.answer(identity=NEW, partitions=0)
    assert case.brokers.abandoned == 1
    assert case.counted("topic_recreated") == (30.0, 1.0)
    asked = case.brokers.asked
    case.answer(identity=NEW, partitions=0)
    assert (case.brokers.abandoned, case.brokers.silent) == (1, True)
    assert case.brokers.asked == asked, "there is no hurry: it may never be there"
    # Partitions may be added to the topic.
    case.brokers.is_busy = False
    case.answer(kept=(0, 5), identity=NEW)
    assert (case.brokers.at, case.brokers.silent) == (0, False)
    assert case.counted("topic_recreated") == (30.0, 1.0)


def test_frames_in_flight_that_came_after_the_last_look_are_counted_with_their_partition() -> None:
    case = Case().settled()
    case.answer(kept=(0, 45))
    case.brokers.delivered = 44
    case.answer(identity=NEW, partitions=0)
    assert case.counted("topic_recreated") == (6.0, 1.0)


def test_what_was_unread_of_a_topic_that_took_its_partitions_with_it_is_counted() -> None:
    case = Case().settled()
    case.answer(kept=(0, 70))
    case.positions.gone([HERE])
    case.brokers.answer = Ends(time.monotonic(), topic_missing=True)
    case.positions.step()
    assert case.counted("topic_recreated") == (0.0, 0.0), "it may only be hidden from this user"
    case.positions.assigned([HERE])
    case.positions.refused(HERE, None)
    case.answer(identity=NEW, committed={})
    assert (case.brokers.at, case.brokers.silent) == (0, False)
    assert case.counted("topic_recreated") == (20.0, 1.0)


def test_a_partition_that_moved_before_the_topic_was_made_anew_is_its_next_owners() -> None:
    case = Case().settled()
    case.answer(kept=(0, 70))
    case.positions.gone([HERE])
    case.answer(kept=(0, 80))
    case.answer(identity=NEW)
    assert case.counted("topic_recreated") == (0.0, 0.0)


def test_error_names_what_cannot_be_read() -> None:
    case = Case("error").settled()
    case.positions.refused(HERE, 50)
    with pytest.raises(PositionError, match="offset 50 is not kept: 65 to 100 are"):
        case.answer(kept=(65, 100))
    case = Case("error").settled()
    with pytest.raises(PositionError, match="made anew"):
        case.answer(identity=NEW)
    case = Case("error").settled()
    with pytest.raises(PositionError, match="made anew without it"):
        case.answer(identity=NEW, partitions=0)
    case = Case("error")
    case.positions.refused(HERE, None)
    with pytest.raises(PositionError, match="no offset is committed"):
        case.answer(committed={})


def test_a_mark_tells_the_cluster_and_the_topic() -> None:
    assert TopicIdentity.of_mark(OLD.mark) == OLD
    assert OLD.replaced(NEW)
    assert not OLD.replaced(OLD)
    assert not OLD.replaced(ELSEWHERE), "offsets that were carried to another cluster"
