"""Where a bundle is fetched from: what is refused, and what is not shown."""

import pytest

from platestream.cli.models.reference import Reference, SourceError

GOOD = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("oci://registry.example/team/plates", None),
        ("oci://registry.example/team/plates@sha256:abc", None),
        (f"oci://registry.example/team/plates@{GOOD}", "sha256:" + "b" * 64),
        (f"oci://registry.example/Team@{GOOD}", None),
        (f"oci://registry.example@{GOOD}", None),
        (f"http://web.example/plates.tar@{GOOD}", None),
        (f"file:///plates.tar@{GOOD}", None),
        (f"https://user:word@web.example/plates.tar@{GOOD}", None),
        ("https://web.example/plates.tar", "md5:abc"),
    ],
)
def test_sources_that_are_refused(text: str, digest: str | None) -> None:
    with pytest.raises(SourceError) as refused:
        Reference.parse(text, digest)
    assert "word" not in str(refused.value).replace("password", "")


def test_a_signed_address_is_not_shown() -> None:
    reference = Reference.parse("https://web.example/a.tar?signature=secret", GOOD)
    assert (reference.path, reference.digest) == ("a.tar?signature=secret", GOOD)
    assert reference.shown == "https://web.example/a.tar"
