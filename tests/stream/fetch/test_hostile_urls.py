"""The table of hostile URLs: all refused with the documented code, and nothing is connected to."""

import pytest

from platestream.contract.errors import ErrorCode
from platestream.stream.fetch import FetchSettings
from platestream.telemetry.metrics import Metrics
from tests.stream.fetch.conftest import (
    MakeFetcher,
    SpyBackend,
    TableResolver,
    WebServer,
    failure_of,
)

PARAMETER = ErrorCode.INVALID_PARAMETER
FAILED = ErrorCode.URL_FETCH_FAILED

# Names that a hostile zone, a search domain or a hosts file may hold.
NAMES = {
    "localhost": [["127.0.0.1", "::1"]],
    "db.internal": [["10.1.2.3"]],
    "loop.example.com": [["127.0.0.1"]],
    "loop6.example.com": [["::1"]],
    "mapped.example.com": [["::ffff:127.0.0.1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "nat64.example.com": [["64:ff9b::a9fe:a9fe"]],
    "mixed.example.com": [["93.184.216.34", "10.0.0.1"]],
    "mixed6.example.com": [["2606:4700::1", "fe80::1"]],
    "zero.example.com": [["0.0.0.0"]],
    "xn--bcher-kva.example.com": [["192.168.0.10"]],
}

# {port} is a port that is allowed and on which a trap listens.
HOSTILE = [
    ("http://127.0.0.1:{port}/", FAILED),
    ("http://127.0.0.1/", FAILED),
    ("https://127.0.0.1/", FAILED),
    ("HTTP://127.0.0.1:{port}/", FAILED),
    ("http://127.0.0.1.:{port}/", FAILED),
    ("http://127.1:{port}/", FAILED),
    ("http://127.0.1:{port}/", FAILED),
    ("http://2130706433:{port}/", FAILED),
    ("http://0x7f000001:{port}/", FAILED),
    ("http://0x7f.0.0.1:{port}/", FAILED),
    ("http://0X7F.0.0.0X1:{port}/", FAILED),
    ("http://0177.0.0.1:{port}/", FAILED),
    ("http://017700000001:{port}/", FAILED),
    ("http://127.000.000.001:{port}/", FAILED),
    ("http://0:{port}/", FAILED),
    ("http://0.0.0.0:{port}/", FAILED),
    ("http://１２７.０.０.１:{port}/", FAILED),
    ("http://①②⑦.⓪.⓪.①:{port}/", FAILED),
    ("http://127。0。0。1:{port}/", FAILED),
    ("http://127%2e0%2e0%2e1:{port}/", FAILED),
    ("http://10.0.0.1/", FAILED),
    ("http://172.16.0.1/", FAILED),
    ("http://192.168.1.1/", FAILED),
    ("http://100.64.0.1/", FAILED),
    ("http://169.254.169.254/latest/meta-data/", FAILED),
    ("http://169.254.169.254./latest/", FAILED),
    ("http://2852039166/latest/", FAILED),
    ("http://0xa9fea9fe/latest/", FAILED),
    ("http://224.0.0.1/", FAILED),
    ("http://255.255.255.255/", FAILED),
    ("http://[::1]:{port}/", FAILED),
    ("http://[0:0:0:0:0:0:0:1]:{port}/", FAILED),
    ("http://[::]:{port}/", FAILED),
    ("http://[::ffff:127.0.0.1]:{port}/", FAILED),
    ("http://[::ffff:7f00:1]:{port}/", FAILED),
    ("http://[::127.0.0.1]:{port}/", FAILED),
    ("http://[::ffff:169.254.169.254]/", FAILED),
    ("http://[64:ff9b::7f00:1]/", FAILED),
    ("http://[2002:7f00:1::]/", FAILED),
    ("http://[2001:0:7f00:1::]/", FAILED),
    ("http://[fe80::1%25eth0]/", FAILED),
    ("http://[fe80::1]/", FAILED),
    ("http://[fc00::1]/", FAILED),
    ("http://[fd00:ec2::254]/latest/", FAILED),
    ("http://[ff02::1]/", FAILED),
    ("http://localhost:{port}/", FAILED),
    ("http://LOCALHOST.:{port}/", FAILED),
    ("http://ⓛocalhost:{port}/", FAILED),
    ("http://db.internal/", FAILED),
    ("http://loop.example.com:{port}/", FAILED),
    ("http://loop6.example.com:{port}/", FAILED),
    ("http://mapped.example.com:{port}/", FAILED),
    ("http://nat64.example.com/", FAILED),
    ("http://mixed.example.com/", FAILED),
    ("http://mixed6.example.com/", FAILED),
    ("http://zero.example.com:{port}/", FAILED),
    ("http://bücher.example.com/", FAILED),
    ("http://metadata.google.internal/computeMetadata/v1/", FAILED),
    ("http://no-such-name.example.com/", FAILED),
    ("http://user:secret@127.0.0.1:{port}/", FAILED),
    ("http://example.com@127.0.0.1:{port}/", FAILED),
    ("http://127.0.0.1:{port}@example.com/", FAILED),
    ("http://example.com:22/", FAILED),
    ("http://example.com:6379/", FAILED),
    ("http://example.com\\@127.0.0.1:{port}/", PARAMETER),
    ("http://127.0.0.1\\.example.com/", PARAMETER),
    ("http://example.com\t.evil/", PARAMETER),
    ("http://127.0.0.1:{port}/\r\nX-Injected: 1", PARAMETER),
    (" http://127.0.0.1:{port}/", PARAMETER),
    ("http://exa mple.com/", PARAMETER),
    ("http:///etc/passwd", PARAMETER),
    ("http://", PARAMETER),
    ("http://[::1/", PARAMETER),
    ("http://[127.0.0.1]:{port}/", PARAMETER),
    ("http://[v1.loop]/", PARAMETER),
    ("http://example.com:99999/", PARAMETER),
    ("http://example.com:８０/", PARAMETER),
    ("http://-bad-.example.com/", PARAMETER),
    ("http://a..b/", PARAMETER),
    ("//127.0.0.1:{port}/", PARAMETER),
    ("127.0.0.1:{port}", PARAMETER),
    ("file:///etc/passwd", PARAMETER),
    ("ftp://127.0.0.1/x", PARAMETER),
    ("gopher://127.0.0.1:{port}/_GET", PARAMETER),
    ("data:image/png;base64,iVBORw0KGgo=", PARAMETER),
    ("javascript:alert(1)", PARAMETER),
    ("unix:///var/run/docker.sock", PARAMETER),
    ("s3://bucket/key", PARAMETER),
    ("az://container/key", PARAMETER),
    ("picture.jpg", PARAMETER),
    ("", PARAMETER),
    ("\ud800", PARAMETER),
    ("http://example.com/" + "a" * 9000, PARAMETER),
]


def test_the_table_is_long_enough() -> None:
    assert len(HOSTILE) >= 40
    assert len({url for url, _ in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize(("url", "code"), HOSTILE)
def test_a_hostile_url_is_refused_before_any_connection(  # noqa: PLR0917 - fixtures
    url: str, code: ErrorCode, make: MakeFetcher, spy: SpyBackend, web: WebServer, metrics: Metrics
) -> None:
    fetcher = make(TableResolver(NAMES), allow_ports=(80, 443, web.port))
    error = failure_of(fetcher, url.replace("{port}", str(web.port)))
    assert error.code is code
    assert not error.transient
    assert spy.connects == []
    assert web.connections == 0
    assert metrics.fetches.labels(error.failure.label)._value.get() == 1


def test_the_system_resolver_s_localhost_is_refused(
    make: MakeFetcher, spy: SpyBackend, web: WebServer
) -> None:
    error = failure_of(make(allow_ports=(web.port,)), f"http://localhost:{web.port}/")
    assert error.code is FAILED
    assert spy.connects == []


def test_details_carry_nothing_of_the_url(make: MakeFetcher) -> None:
    fetcher = make(TableResolver(NAMES))
    for url in (
        "http://db.internal/x?signature=s3cr3t",
        "http://user:s3cr3t@db.internal/",
        "http://db.internal:8080/?s3cr3t",
        "s3://s3cr3t/key",
        "http://10.1.2.3/?s3cr3t",
    ):
        text = failure_of(fetcher, url).message
        assert not any(part in text for part in ("s3cr3t", "db.internal", "10.1.2.3", "8080"))


def test_a_refused_name_and_a_missing_name_read_the_same(make: MakeFetcher) -> None:
    fetcher = make(TableResolver(NAMES))
    refused = failure_of(fetcher, "http://db.internal/")
    missing = failure_of(fetcher, "http://none.internal/")
    assert refused.message == missing.message


def test_host_lists_are_globs_and_deny_wins(make: MakeFetcher, spy: SpyBackend) -> None:
    names = {f"{host}.example.com": [["93.184.216.34"]] for host in ("good", "bad")}
    names["good.example.org"] = [["93.184.216.34"]]
    fetcher = make(
        TableResolver(names),
        allow_hosts=("*.Example.com",),
        deny_hosts=("bad.*",),
        max_attempts=1,
    )
    assert failure_of(fetcher, "http://bad.example.com/").failure.label == "refused"
    assert failure_of(fetcher, "http://good.example.org/").failure.label == "refused"
    assert spy.connects == []
    assert failure_of(fetcher, "http://GOOD.example.com/").failure.label == "unreachable"
    assert spy.connects == [("93.184.216.34", 80)]


def test_disabled_fetches_nothing(make: MakeFetcher, spy: SpyBackend) -> None:
    error = failure_of(make(enabled=False), "http://93.184.216.34/")
    assert (error.code, error.failure.label) == (FAILED, "disabled")
    assert spy.connects == []


def test_the_defaults_are_closed() -> None:
    settings = FetchSettings()
    assert not settings.allow_private
    assert settings.allow_networks == ()
    assert settings.stores == ()
    assert settings.allow_ports == (80, 443)
