import pytest
from pydantic import ValidationError

from platestream.bus.registry import RegistrySettings
from platestream.bus.registry.settings import subject_of


def test_without_a_url_there_is_no_registry() -> None:
    assert RegistrySettings().urls == ()
    assert RegistrySettings(url="  ").urls == ()


def test_several_urls_keep_their_order_and_lose_their_last_slash() -> None:
    given = RegistrySettings(url="http://a:8081/, https://b/apis/ccompat/v7/")

    assert given.urls == ("http://a:8081", "https://b/apis/ccompat/v7")


@pytest.mark.parametrize(
    "url",
    [
        "registry:8081",
        "ftp://a",
        "http://",
        "http://a:port",
        "http://a?x=1",
        "http://a,",
        "http://[",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        RegistrySettings(url=url)


def test_credentials_in_the_url_are_refused() -> None:
    with pytest.raises(ValidationError, match="use username and password_file"):
        RegistrySettings(url="http://user:hunter2@a")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"username": "u"}, "go together"),
        ({"password_file": "/p"}, "go together"),
        ({"username": "u", "password_file": "/p", "token_file": "/t"}, "not both"),
        ({"username": "u:v", "password_file": "/p"}, "no colon"),
        ({"key_file": "/k"}, "need certificate_file"),
        ({"mode": "sometimes"}, "mode"),
        ({"subject_strategy": "by_weekday"}, "subject_strategy"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"password": "hunter2"}, "password"),
    ],
)
def test_settings_that_cannot_hold_together_are_refused(
    given: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        RegistrySettings.model_validate({"url": "http://a", **given})


def test_subjects_are_named_as_other_clients_name_them() -> None:
    name = "io.platestream.v1.PlateEvent"

    assert subject_of("topic_name", "plates", name) == "plates-value"
    assert subject_of("record_name", "plates", name) == name
    assert subject_of("topic_record_name", "plates", name) == f"plates-{name}"
