"""Which addresses are the public internet's: by hand-written lists, in every disguise an address may wear."""

from __future__ import annotations

import pytest

from product_search.images.addresses import may_be_fetched, networks

OURS = [
    "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.1.2.3",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:0:7f00:1::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
    "172.15.0.1", "172.32.0.1", "192.167.1.1", "192.169.0.1", "223.255.255.255", "2606:4700::1111",
    "2a00:1450:4001::200e", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", OURS)
def test_nothing_of_ours_is_fetched(address):
    assert not may_be_fetched(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is(address):
    assert may_be_fetched(address)


def test_an_intranet_is_fetched_from_where_it_is_named():
    allowed = networks("10.1.2.0/24, fd00:1::/32")
    assert may_be_fetched("10.1.2.3", allowed)
    assert may_be_fetched("::ffff:10.1.2.3", allowed)
    assert may_be_fetched("fd00:1::5", allowed)
    assert not may_be_fetched("10.1.3.3", allowed)
    assert not may_be_fetched("127.0.0.1", allowed)


def test_a_network_that_is_none_is_an_error():
    with pytest.raises(ValueError, match=r"10\.1\.2\.300"):
        networks("10.1.2.300/24")
