"""Keys and the audit log in the Redis of the index, beside it under the same prefix.

keys         hash: name -> the key as JSON, without its secret
keys:used    hash: name -> when it was last used, seconds since 1970
keys:closed  string, there from the first key on
audit        stream of at most some AUDIT_ACTS changes, newest last: `a`, an act as JSON
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from dedup.errors import StoreError
from dedup.store.redis import connect, door, prefix
from service.keys import Act, Key, Table

AUDIT_ACTS = 10_000

# KEYS 1 keys, 2 keys:used, 3 keys:closed, 4 audit. Each script is one step.
_TABLE = """-- ARGV: name, seconds, name, seconds ... of keys used; those revoked meanwhile are passed over.
for n = 1, #ARGV, 2 do
    local before = tonumber(redis.call('HGET', KEYS[2], ARGV[n]) or 0)
    if tonumber(ARGV[n + 1]) > before and redis.call('HEXISTS', KEYS[1], ARGV[n]) == 1 then
        redis.call('HSET', KEYS[2], ARGV[n], ARGV[n + 1])
    end
end
return {redis.call('EXISTS', KEYS[3]), redis.call('HVALS', KEYS[1])}"""
_CREATE = """-- ARGV: name, key, act, length of the log. Returns 0 if the name is taken.
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('SET', KEYS[3], 1)
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[4], '*', 'a', ARGV[3])
return 1"""
_REVOKE = """-- ARGV: name, act, length of the log. Returns 0 if there is none.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'a', ARGV[2])
return 1"""


class RedisKeyStore:
    """A KeyStore at `redis://`, `rediss://` or `unix://`, for every process that names the same namespace. Safe for threads."""

    def __init__(self, url: str, namespace: str, *, timeout_s: float) -> None:
        self._client = connect(url, timeout_s=timeout_s)
        head = prefix(namespace)
        self._names = [head + name for name in ("keys", "keys:used", "keys:closed", "audit")]
        self._scripts = {text: self._client.register_script(text) for text in (_TABLE, _CREATE, _REVOKE)}

    def table(self, used: Mapping[str, float]) -> Table:
        closed, values = self._run("keys", _TABLE, *(part for pair in used.items() for part in pair))
        try:
            keys = [_key(value) for value in values]
        except (ValueError, TypeError, KeyError) as exc:
            raise StoreError("keys", "a key in Redis is not one that this version wrote") from exc
        return Table(bool(closed), {key.id: key for key in keys})

    def used(self) -> Mapping[str, float]:
        with door("keys"):
            found: Any = self._client.hgetall(self._names[1])
        return {name.decode(): float(seconds) for name, seconds in found.items()}

    def create(self, key: Key, act: Act) -> bool:
        return bool(
            self._run("create key", _CREATE, key.name, orjson.dumps(key.as_dict()), orjson.dumps(asdict(act)), AUDIT_ACTS)
        )

    def revoke(self, name: str, act: Act) -> bool:
        return bool(self._run("revoke key", _REVOKE, name, orjson.dumps(asdict(act)), AUDIT_ACTS))

    def record(self, act: Act) -> None:
        with door("audit"):
            self._client.xadd(self._names[3], {"a": orjson.dumps(asdict(act))}, maxlen=AUDIT_ACTS, approximate=True)

    def acts(self, *, before: str, limit: int) -> list[tuple[str, Act]]:
        with door("audit"):
            found: Any = self._client.xrevrange(self._names[3], f"({before}" if before else "+", "-", limit)
        return [(place.decode(), Act(**orjson.loads(values[b"a"]))) for place, values in found]

    def close(self) -> None:
        self._client.close()

    def _run(self, operation: str, script: str, *args: Any) -> Any:
        with door(operation):
            return self._scripts[script](self._names, args)


def _key(value: bytes) -> Key:
    members = orjson.loads(value)
    return Key(**{**members, "scopes": tuple(members["scopes"])})
