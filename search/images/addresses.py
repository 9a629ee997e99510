"""Which addresses on the network a stranger's picture may be fetched from: those of the public internet, and no other.

An address that a shop typed in, or a supplier's list, or a redirect, must not reach the shop's database, its
neighbours, or the cloud's door to its passwords (169.254.169.254 and its like).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from ..errors import ProductSearchError

FetchReason = Literal["address_refused", "missing_file", "fetch_failed"]
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IANA's special-purpose registry, written out: what the standard library calls global changed between versions.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT, and Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's door to the host, though public by number
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
#: All of IPv6 that is given out for the internet; loopback, link-local, private and multicast lie outside.
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo carries any IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "3fff::/20",  # documentation
    )
)
#: Where a network without IPv4 reaches it by translation.
_NAT64 = IPv6Network("64:ff9b::/96")


class FetchFailed(ProductSearchError):
    """There is no picture to be had at this address: `reason` for machines, `detail` for the merchant.

    `transient` where it may be there another time.
    """

    def __init__(self, reason: FetchReason, detail: str, *, transient: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.transient = transient


def may_be_fetched(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether a picture may come from this address: a public one, or one in the `allowed` networks."""
    address = _meant(ip_address(text))
    return _is_public(address) or any(
        address in network for network in allowed if network.version == address.version
    )


@lru_cache(maxsize=8)
def networks(text: str) -> tuple[Network, ...]:
    """`10.1.2.0/24, fd00::/8` as networks. Raises ValueError naming the part that is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _meant(address: Address) -> Address:
    """The address that is connected to: an IPv6 address may be an IPv4 address in disguise."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)
