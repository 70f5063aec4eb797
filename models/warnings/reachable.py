"""Where a webhook may lead: names that are listed, and no private address that is not.

Whoever may write a subscription could else have the worker, which stands inside, ask what only the
inside may (server-side request forgery). The address is checked that is connected to, not one that
a name had a moment ago.

References
----------
OWASP, *Server-Side Request Forgery Prevention Cheat Sheet*.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64: Final = ip_network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


@dataclass(frozen=True, kw_only=True)
class ReachableHosts:
    """What may be connected to.

    Attributes
    ----------
    names : frozenset of str
        Host names; one that begins with `*.` stands for all below it.
    networks : tuple of Network
        Addresses that may be connected to though they are private.
    servers : frozenset of (str, int)
        Host and port that the settings themselves name: any address of theirs.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    servers: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def parse(cls, listed: str, *urls: str) -> ReachableHosts:
        """Read a list, comma separated, of names, addresses and networks, and URLs of settings.

        Raises
        ------
        ValueError
            An entry looks like a network but is not valid, or a URL is not valid.

        Examples
        --------
        >>> hosts = ReachableHosts.parse("desk.example, *.gov.example, 10.1.0.0/16")
        >>> [hosts.lists(name) for name in ("desk.example", "a.gov.example", "other.example")]
        [True, True, False]
        """
        names: set[str] = set()
        networks: list[Network] = []
        for entry in filter(None, (part.strip().lower() for part in listed.split(","))):
            if "/" in entry or _address(entry) is not None:
                networks.append(ip_network(entry.strip("[]")))
            else:
                names.add(entry.rstrip("."))
        return cls(
            names=frozenset(names),
            networks=tuple(networks),
            servers=frozenset(filter(None, map(server_of, filter(None, urls)))),
        )

    def lists(self, host: str, port: int = 0) -> bool:
        """Tell whether a host may be asked at all, by its name or literal address."""
        host = host.lower().rstrip(".")
        if (host, port) in self.servers or host in self.names:
            return True
        address = _address(host)
        if address is not None:
            return self._holds(address)
        return any(f"*.{host[at + 1 :]}" in self.names for at, c in enumerate(host) if c == ".")

    def allows(self, host: str, port: int, address: str) -> bool:
        """Tell whether a listed host may be connected to at one of its addresses."""
        found = _address(address)
        if found is None:
            return False
        if (host.lower().rstrip("."), port) in self.servers or self._holds(found):
            return True
        return all(each.is_global and not each.is_multicast for each in _embedded(found))

    def _holds(self, address: Address) -> bool:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in self.networks)


def server_of(url: str) -> tuple[str, int] | None:
    """Give host and port of a URL; raises ValueError where it is not valid.

    Examples
    --------
    >>> server_of("https://Desk.example/in"), server_of("http://[::1]:9/")
    (('desk.example', 443), ('::1', 9))
    """
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    return parts.hostname.rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _embedded(address: Address) -> list[Address]:
    """Give an address and the IPv4 address that it stands for."""
    found: list[Address] = [address]
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.ipv4_mapped is not None:
            found = []
        if inner is not None:
            found.append(inner)
    return found
