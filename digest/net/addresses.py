"""Which addresses are on the public internet, whatever form they are written or wrapped in."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# `is_global` of the running Python is the first word; these are closed whatever its tables say: shared address space
# (RFC 6598), protocol assignments (RFC 6890), the 6to4 relays (RFC 7526).
CLOSED_V4 = (IPv4Network("100.64.0.0/10"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))

# Only 2000::/3 is handed out as global unicast. Closed within it: protocol assignments with Teredo (RFC 4380), 6to4
# (RFC 7526: deprecated, and a way to spell any IPv4 address), documentation (RFC 3849, RFC 9637).
GLOBAL_V6 = IPv6Network("2000::/3")
CLOSED_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

NAT64 = IPv6Network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an IP address, as a resolver gives it, is global in itself and in every IPv4 address it embeds.

    Embedded forms: IPv4-mapped, NAT64 (RFC 6052), ISATAP (RFC 5214); 6to4, Teredo and the deprecated
    IPv4-compatible form are refused as such. What is no address, or carries a zone, is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _v4_public(parsed) if isinstance(parsed, IPv4Address) else _v6_public(parsed)


def _v4_public(address: IPv4Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in CLOSED_V4)


def _v6_public(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _v4_public(address.ipv4_mapped)
    tail = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:
        return _v4_public(tail)
    if address not in GLOBAL_V6 or any(address in network for network in CLOSED_V6):
        return False
    return int(address) >> 32 & 0xFFFFFFFF not in ISATAP or _v4_public(tail)


def own_public_addresses() -> tuple[str, ...]:
    """The addresses of this machine that others see it at; none behind a router that translates them.

    A datagram socket is pointed at an address for documentation (RFC 5737, RFC 3849): nothing is sent.
    """
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as pointer:
                pointer.connect((far, 9))
                found.append(str(pointer.getsockname()[0]))
        except OSError:
            continue
    return tuple(filter(is_public, found))
