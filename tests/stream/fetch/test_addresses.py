import ipaddress

import pytest

from platestream.stream.fetch.addresses import AddressPolicy

REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1
127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1::8.8.8.8
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1::1 2002:a00:1::1 2002:808:808::1 3ffe::1 3fff::1 5f00::1 fc00::1 fd00::1
fd00:ec2::254 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
2606:4700:4700:0:0:5efe:10.0.0.1 2606:4700:4700:0:200:5efe:127.0.0.1
""".split()  # noqa: SIM905 - a table

ADMITTED = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.167.255.255 192.169.0.1 223.255.255.255
2606:4700:4700::1111 2a00:1450:4001::1 2400:cb00::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
""".split()  # noqa: SIM905 - a table


@pytest.mark.parametrize("text", REFUSED)
def test_special_addresses_are_refused_by_default(text: str) -> None:
    assert not AddressPolicy().admits(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ADMITTED)
def test_public_addresses_are_admitted(text: str) -> None:
    assert AddressPolicy().admits(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1"]
)
def test_allow_private_opens_site_addresses(text: str) -> None:
    assert AddressPolicy(allow_private=True).admits(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "0.0.0.0",
        "::1",
        "fe80::1",
    ],
)
def test_allow_private_does_not_open_loopback_or_metadata(text: str) -> None:
    assert not AddressPolicy(allow_private=True).admits(ipaddress.ip_address(text))


def test_allowed_networks_open_exactly_themselves() -> None:
    policy = AddressPolicy(
        allow_networks=(ipaddress.ip_network("127.0.0.0/30"), ipaddress.ip_network("fd00::/64"))
    )
    opened = ["127.0.0.1", "::ffff:127.0.0.2", "fd00::5"]
    closed = ["127.0.0.4", "10.0.0.1", "fd00:0:0:1::5", "::1"]
    assert [policy.admits(ipaddress.ip_address(text)) for text in opened] == [True] * 3
    assert [policy.admits(ipaddress.ip_address(text)) for text in closed] == [False] * 4
