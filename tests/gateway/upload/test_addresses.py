"""Public is what every host can reach: every block of IANA's special-purpose registries, and what lies around them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upload.addresses import is_public

SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
    *("::1/128", "::/128", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64"),
    *("2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32"),
    *("2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16", "3fff::/20"),
    *("2620:4f:8000::/48", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    *("4000::/3", "8000::/3", "e000::/4", "200::/7", "400::/6"),  # never given out
)
PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "192.0.1.1", "192.88.98.1", "172.32.0.1"),
    *("2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "2001:200::1", "2003::1", "2620:4f:7fff::1"),
)


@pytest.mark.parametrize("block", SPECIAL)
def test_no_address_of_a_special_block_is_public(block: str) -> None:
    network = ipaddress.ip_network(block)
    first, last = network[0], network[-1]
    for address in (first, network[network.num_addresses // 2], last):
        assert not is_public(str(address))
        if isinstance(address, ipaddress.IPv4Address):
            assert not is_public(f"::ffff:{address}")


@pytest.mark.parametrize("address", PUBLIC)
def test_what_every_host_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_way_of_writing_ipv4_into_ipv6_makes_it_more_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    assert is_public(str(mapped)) is is_public(str(address))
    for prefix in ("::", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::", "64:ff9b:1:ffff::"):
        assert not is_public(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number)))
    assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))  # 6to4
    assert not is_public(str(ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))))  # Teredo


@given(st.ip_addresses())
def test_python_and_we_differ_on_one_side_only(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert address.is_global or not is_public(str(address)) or getattr(address, "ipv4_mapped", None)


@given(st.text(max_size=40) | st.ip_addresses(v=6).map(lambda ip: f"{ip}%eth0"))
def test_what_is_no_plain_address_is_not_public(text: str) -> None:
    try:
        plain = "%" not in str(ipaddress.ip_address(text))
    except ValueError:
        plain = False
    assert plain or not is_public(text)
