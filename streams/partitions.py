"""Which partition a key goes to, as Kafka's own clients decide it."""

from __future__ import annotations

from functools import cache

from aiokafka.partitioner import murmur2

from config.catalog import Catalog
from config.settings import Settings
from models.feeds.checked import PartitionOf

_SIGN = 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Partition of a key by the hash of Kafka's default partitioner (murmur2).

    Examples
    --------
    >>> partition_of(b"110101001", 4)
    1
    """
    return int((murmur2(key) & _SIGN) % partitions)  # type: ignore[no-untyped-call]


def street_partitions(partitions: int) -> PartitionOf:
    """Give the partition of each street among so many, remembered once it was asked for.

    Examples
    --------
    >>> street_partitions(4)("110101001")
    1
    """
    return cache(lambda street: partition_of(street.encode(), partitions))


def city_partition(catalog: Catalog, settings: Settings) -> int:
    """Give the district partition in which all of a city stands; the others are empty."""
    return partition_of(catalog.city.code.encode(), settings.district_partitions)
