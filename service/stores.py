"""The stores a configuration names, and the core object on one: opened alike by the server and by the commands."""

from __future__ import annotations

from dedup.deduplicator import Deduplicator
from service.config import Config
from service.keys import KeyStore


def open_deduplicator(config: Config, redis_url: str) -> Deduplicator:
    """A Deduplicator on the Redis at `redis_url`; nothing is sent before its first call.

    Args:
        config: settings, namespace, time limit and retention.
        redis_url: where the server is: the configured one, or that of the embedded one.
    """
    from dedup.store.redis import RedisStore  # the client takes 130 ms to import

    store = RedisStore.from_url(
        redis_url,
        config.settings,
        config.namespace,
        timeout_s=config.store_timeout_s,
        decisions_retention_s=config.decisions_retention_s,
    )
    return Deduplicator(store, config.settings)


def open_keys(config: Config, redis_url: str) -> KeyStore:
    """The keys of the index at `redis_url`; nothing is sent before the first call."""
    from service.keystore import RedisKeyStore

    return RedisKeyStore(redis_url, config.namespace, timeout_s=config.store_timeout_s)
