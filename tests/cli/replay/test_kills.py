"""A replay of a group that is killed again and again: each frame comes back once."""

import json
import subprocess

from tests.soak.replay import Topics, killed

LETTERS = 600
# Small transactions, so that a run is killed between them and within one.
MOST_FRAMES = 50
# Looking for new frames takes as long on a machine with other work.
PAUSE_S = 0.5


def test_each_dead_letter_of_killed_runs_is_replayed_once(kafka_servers: str) -> None:
    topics = Topics.filled(kafka_servers, LETTERS, size=1000, gap=2)
    group = topics.failures
    command = topics.command("--group", group, most_frames=MOST_FRAMES, pause_s=PAUSE_S)
    assert killed(topics, command, (0, 1, 2 * MOST_FRAMES, 1)) == 0
    assert MOST_FRAMES <= topics.position(group) < LETTERS
    command = topics.command("--group", group, most_frames=MOST_FRAMES)
    last = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 0 < json.loads(last.stdout)["replayed"] < LETTERS
    found = topics.replayed()
    assert (len(found), found.total()) == (LETTERS, LETTERS)
