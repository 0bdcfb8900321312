"""Which IP addresses may be connected to.

The decision is made on the address, not on the name, and on an explicit table of the
special-purpose registries (RFC 6890 and its successors) rather than on ``ipaddress.is_global``,
whose answers differ between patch releases of Python.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from platestream.stream.fetch.settings import FetchSettings, Network

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*cidrs: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(cidr) for cidr in cidrs)


# What ``allow_private`` opens: the addresses that sites give to their own machines.
_PRIVATE: Final = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"
)
# Metadata services inside ranges that allow_private opens, or on an address that looks public.
_METADATA: Final = _networks("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32")
_SPECIAL_V4: Final = _networks(
    "0.0.0.0/8",        # this network; 0.0.0.0 reaches loopback on Linux
    "127.0.0.0/8",      # loopback
    "169.254.0.0/16",   # link-local, the metadata services among them
    "192.0.0.0/24",     # protocol assignments
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
    "192.88.99.0/24",   # 6to4 relays, withdrawn
    "198.18.0.0/15",    # benchmarks
    "224.0.0.0/4",      # multicast
    "240.0.0.0/4",      # reserved, broadcast
)  # fmt: skip
# Only 2000::/3 is global unicast; these parts of it are not.
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_SPECIAL_V6: Final = _networks(
    "2001::/23",        # protocol assignments: Teredo, ORCHID, benchmarks
    "2001:db8::/32", "3fff::/20",  # documentation
    "2002::/16",        # 6to4: carries any IPv4 address
    "3ffe::/16",        # 6bone, returned
)  # fmt: skip
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOW_32: Final = 0xFFFF_FFFF
# Interface identifiers of ISATAP: the low 32 bits are an IPv4 address inside the site.
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})


def _within(address: IPAddress, networks: Sequence[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The guard's decision on addresses. Immutable, so safe to share between threads."""

    allow_private: bool = False
    allow_networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: FetchSettings) -> "AddressPolicy":
        """The policy that ``settings`` ask for."""
        return cls(settings.allow_private, settings.allow_networks)

    def admits(self, address: IPAddress) -> bool:  # noqa: PLR0911 - a decision list
        """Whether a connection to ``address`` is allowed.

        IPv4-mapped and NAT64 addresses are judged by the IPv4 address that they lead to; the other
        forms that carry one (6to4, Teredo, ISATAP, IPv4-compatible) are refused as a whole.
        """
        if isinstance(address, ipaddress.IPv6Address):
            if address.scope_id is not None:
                return False
            if address.ipv4_mapped is not None:
                return self.admits(address.ipv4_mapped)
        if _within(address, self.allow_networks):
            return True
        if _within(address, _METADATA):
            return False
        if _within(address, _PRIVATE):
            return self.allow_private
        if isinstance(address, ipaddress.IPv4Address):
            return not _within(address, _SPECIAL_V4)
        return self._admits_global_v6(address)

    def _admits_global_v6(self, address: ipaddress.IPv6Address) -> bool:
        if address in _NAT64:
            return self.admits(ipaddress.IPv4Address(int(address) & _LOW_32))
        isatap = (int(address) >> 32) & _LOW_32 in _ISATAP
        return address in _GLOBAL_V6 and not isatap and not _within(address, _SPECIAL_V6)
