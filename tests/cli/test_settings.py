import pytest

from platestream.cli.settings import parse_assignments
from platestream.config import ConfigError


def test_assignments_keep_text_and_read_lists() -> None:
    assert parse_assignments(["a.b=007", "c=[cpu, cuda]", "d=null", "e=x=y", "f="]) == {
        "a.b": "007",
        "c": ["cpu", "cuda"],
        "d": None,
        "e": "x=y",
        "f": "",
    }
    with pytest.raises(ConfigError) as wrong:
        parse_assignments(["a=1", "a=2", "=3"])
    assert len(wrong.value.problems) == 2
