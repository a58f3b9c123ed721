"""Which IP addresses are of the public Internet. Python's `is_global` is no answer: it takes for global what its
version does not know, and what the registries call reachable although it never leads to a web server.

Sources: IANA's special-purpose registries for IPv4 and IPv6, and its IPv6 address space, as of October 2025.
"""

from __future__ import annotations

import ipaddress

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has ever given out (RFC 4291 §2.4). Outside are, among others, IPv4-compatible ::/96, IPv4-translated
::ffff:0:0:0/96, NAT64's 64:ff9b::/96 and 64:ff9b:1::/48, discard-only 100::/64 and the dummy prefix 100:0:0:1::/64,
SRv6's 5f00::/16 and site-local fec0::/10. NAT64 is refused whatever is embedded: which networks lie behind a
translator is its own affair (RFC 8215)."""

_SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",  # protocol assignments; .9 and .10 are anycast, and it is our own router that answers
        "192.31.196.0/24",  # AS112-v4: name servers for private zones, often run inside a network (RFC 7535)
        "192.52.193.0/24",  # AMT relays: multicast, mostly the provider's own (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays, abandoned: any network that announces it gets what is sent (RFC 7526)
        "192.175.48.0/24",  # AS112 again, directly delegated (RFC 7534)
        "2001::/23",  # protocol assignments: Teredo, benchmarks, AMT, AS112, ORCHIDs, DRIP (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4: a tunnel to any IPv4 address, abandoned (RFC 7526)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet. IPv4 mapped into IPv6 counts as what it is; what is no
    address, or has a zone, is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None or not (ip.ipv4_mapped or ip in _GLOBAL_UNICAST):
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _SPECIAL)
