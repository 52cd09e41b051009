"""What counts as the public internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.addresses import is_public

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2002:808:808::1",
    "2606:4700::5efe:127.0.0.1",
    "2606:4700::200:5efe:10.0.0.1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "0x7f.1",
    "2130706433",
    "010.0.0.1",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(address: str) -> None:
    assert is_public(address)


CLOSED = [
    IPv4Network(net) for net in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "100.64.0.0/10")
]
closed_v4 = st.sampled_from(CLOSED).flatmap(
    lambda net: st.integers(int(net.network_address), int(net.broadcast_address)).map(IPv4Address)
)
WRAPS = [0xFFFF << 32, 0, 0xFFFF << 48, 0x0064FF9B << 96, 0x5EFE << 32 | 0x2606 << 112]


@given(closed_v4, st.sampled_from(WRAPS))
def test_no_wrapping_makes_a_private_address_public(inner: IPv4Address, wrap: int) -> None:
    assert not is_public(str(inner))
    assert not is_public(str(IPv6Address(wrap | int(inner))))
    assert not is_public(str(IPv6Address(0x2002 << 112 | int(inner) << 80 | 1)))


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert is_public(text) in {True, False}
