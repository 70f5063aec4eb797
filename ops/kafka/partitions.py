"""Which partition a key goes to, as Kafka's own clients decide it."""

from __future__ import annotations

from aiokafka.partitioner import murmur2

_SIGN = 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Partition of a key by the hash of Kafka's default partitioner (murmur2).

    Examples
    --------
    >>> partition_of(b"110101001", 4)
    1
    """
    return int((murmur2(key) & _SIGN) % partitions)  # type: ignore[no-untyped-call]
