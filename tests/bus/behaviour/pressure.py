"""Back-pressure: consumption pauses at the bound of frames or bytes, polling never."""

from tests.bus.behaviour.cameras import camera
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until


class BackPressureBehaviour:
    def test_back_pressure_pauses_and_keeps_polling(self, bench: Bench) -> None:
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(60))
        with bench.service(reader, stream={"max_in_flight_frames": 8}) as running:
            wait_until(lambda: running.value("consumer_paused") == 1, "the pause")
            before = running.value("last_poll_timestamp_seconds")
            wait_until(lambda: running.value("last_poll_timestamp_seconds") > before + 0.3, "polls")
            assert running.value("in_flight_frames") == 8
            wait_until(
                lambda: (
                    sum(
                        running.value(
                            "consumer_lag", topic=bench.topics.frames, partition=str(number)
                        )
                        for number in range(4)
                    )
                    >= 8
                ),
                "the lag",
            )
            reader.gate.set()
            bench.collect(lambda out: len(out.plates) >= 60, watched=running)
            wait_until(lambda: running.value("consumer_paused") == 0, "the resumption")
            assert running.value("backpressure_seconds_total") > 0
            assert running.value("rebalances_total", event="revoke") == 0
            wait_until(
                lambda: running.value("consumer_lag", topic=bench.topics.frames, partition="0") == 0
            )
            running.stop()
        ids = bench.collect_rest().event_ids()
        assert len(ids) == len(set(ids)) == 60

    def test_back_pressure_counts_bytes(self, bench: Bench) -> None:
        reader = FakeReader()
        reader.gate.clear()
        messages = [bare(1 + 5 * n) for n in range(20)]
        limit = 3 * len(messages[0].value or b"")
        bench.produce(messages, partition=0)
        with bench.service(reader, stream={"max_in_flight_bytes": limit}) as running:
            wait_until(lambda: running.value("consumer_paused") == 1, "the pause")
            assert running.value("in_flight_bytes") <= limit + len(messages[0].value or b"")
            reader.gate.set()
            bench.collect(lambda out: len(out.plates) >= 20, watched=running)
