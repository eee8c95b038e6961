"""Which addresses the hub may call: public ones over https, and hosts that the operator of the hub named."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

from integrations.engine.errors import WrongUse

Resolve = Callable[[str], Sequence[str]]

SOME_PUBLIC = "1.1.1.1"
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address in disguise, and not seen as private


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is reachable for everybody. What cannot be read is not."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if ip in NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def check_base_url(url: str, allowed_hosts: Collection[str], resolve: Resolve) -> str:
    """The base address without trailing slash, or WrongUse with what is wrong about it.

    `resolve` gives the IP addresses of a host as text and may raise OSError. A host in `allowed_hosts` may
    be private and spoken to without https. The name may answer differently later: the client of
    `engine.network` looks again when it connects.
    """
    return _checked(url, allowed_hosts, resolve, with_query=False).rstrip("/")


def check_address(url: str, allowed_hosts: Collection[str], resolve: Resolve) -> str:
    """The same for a whole address, which may hold a query and keeps its last slash."""
    return _checked(url, allowed_hosts, resolve, with_query=True)


def check_shape(url: str, allowed_hosts: Collection[str]) -> None:
    """What can be told of an address without asking for its host. Raises WrongUse."""
    _checked(url, allowed_hosts, _itself, with_query=True)


def _checked(url: str, allowed_hosts: Collection[str], resolve: Resolve, *, with_query: bool) -> str:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
        readable = parts.port != 0  # reading it raises where it is no number
    except ValueError:
        host, readable = "", False
    if not readable or parts.scheme not in ("https", "http") or not host:
        raise WrongUse("Write the address in full, such as https://example.com.")
    if parts.username or parts.password:
        raise WrongUse("The address must not hold a user name or password; enter them in their own fields.")
    if parts.fragment or (parts.query and not with_query):
        raise WrongUse(f"The address must end before {'“#”' if with_query else '“?” and “#”'}.")
    if host not in allowed_hosts:
        if parts.scheme != "https":
            raise WrongUse(f"The address of {host} must begin with https://.")
        _check_host(host, resolve)
    return url.strip()


def _itself(host: str) -> Sequence[str]:
    """An IP address as it stands; of a name nothing is known, which is taken as public."""
    try:
        return [str(ipaddress.ip_address(host.split("%")[0]))]
    except ValueError:
        return [SOME_PUBLIC]


def _check_host(host: str, resolve: Resolve) -> None:
    try:
        addresses = resolve(host)
    except OSError:
        addresses = ()
    if not addresses:
        raise WrongUse(f"There is no host {host}; check the spelling.")
    if not all(is_public(address) for address in addresses):
        raise WrongUse(
            f"{host} is an address inside a private network; whoever runs the hub can allow it "
            "in HUB_ALLOWED_PRIVATE_HOSTS."
        )
