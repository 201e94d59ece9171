"""API keys: what one is, how it is made, who may do what with it, and what is kept of a person's changes.

A key reads `mkr_<id>_<secret>`: the id is public and names it in lists, the secret is 256 random bits. What is kept is the
SHA-256 of the whole, from which the key cannot be had again. docs/decisions/0017-keys.md says why.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, get_args

from dedup.errors import FieldError

Scope = Literal["ingest", "read", "review", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

#: How a change came here: over HTTP with a key, over HTTP from this machine while there are no keys, by a command.
Via = Literal["key", "loopback", "command"]

MAX_KEYS = 1_000  # each process holds all of them
MAX_NAME_CHARS = 64
_FORM = re.compile(r"mkr_([0-9a-f]{12})_[0-9a-f]{64}")


class KeyDetailsError(FieldError):
    """What is wanted of a key cannot be done."""

    code = "invalid_key"


class KeyTakenError(KeyDetailsError):
    """Another key has this name."""

    code = "key_exists"

    def __init__(self, name: str) -> None:
        super().__init__("name", f"there is a key named {name!r}; revoke it first, or choose another name")


class UnknownKeyError(KeyDetailsError):
    """No key has this name."""

    code = "key_not_found"

    def __init__(self, name: str) -> None:
        super().__init__("name", f"there is no key named {name[:80]!r}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    name: str  # unique among the keys there are
    id: str  # 12 hexadecimal digits
    scopes: tuple[Scope, ...]  # in the order of SCOPES
    digest: str  # SHA-256 of the whole key, hexadecimal
    created_s: float
    created_by: str
    expires_s: float | None  # from then on it is refused; None: never

    def matches(self, sent: str) -> bool:
        """Whether `sent` is this key; takes as long whatever it differs in."""
        return hmac.compare_digest(_digest(sent), self.digest)

    def expired(self, now_s: float) -> bool:
        """Whether its time is over."""
        return self.expires_s is not None and now_s >= self.expires_s

    def as_dict(self) -> dict[str, Any]:
        """Every member, as it is kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Table:
    """All keys of an index by their ids. `closed` from the first key on, for good: the last one may be revoked."""

    closed: bool
    keys: Mapping[str, Key]

    def find(self, sent: str) -> Key | None:
        """The key that `sent` is, expired or not; None if it is none."""
        key = self.keys.get(id_of(sent))
        return key if key is not None and key.matches(sent) else None


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a change: the name of a key, of a user of this machine, or "" where nobody said."""

    name: str
    via: Via
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One change by a person, as the audit log keeps it."""

    at_s: float
    who: str
    via: Via
    act: str  # such as `keys.create`
    subject: str  # what was changed
    facts: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""


def act_of(person: Person, act: str, subject: str, *, now_s: float, **facts: Any) -> Act:
    """What `person` did."""
    return Act(now_s, person.name, person.via, act, subject, facts, person.request_id)


class KeyStore(Protocol):
    """Where keys and the audit log are kept. Each call is one atomic step; only StoreError leaves it."""

    def table(self, used: Mapping[str, float]) -> Table:
        """All keys; before that, note when those named in `used` were last used (seconds since 1970)."""
        ...

    def used(self) -> Mapping[str, float]:
        """When each key was last used, by name; absent where it was not yet."""
        ...

    def create(self, key: Key, act: Act) -> bool:
        """Add a key, close the index to callers without one, and log it; False, with nothing written, if the name is taken."""
        ...

    def revoke(self, name: str, act: Act) -> bool:
        """Take a key away and log it; False, with nothing written, if there is none of this name."""
        ...

    def record(self, act: Act) -> None:
        """Log a change; the oldest are forgotten."""
        ...

    def acts(self, *, before: str, limit: int) -> list[tuple[str, Act]]:
        """The latest changes, newest first, each with its place in the log; `before` is a place, "" for the newest."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


def issue(
    store: KeyStore, name: str, scopes: Sequence[str], *, expires_s: float | None, by: Person, now_s: float
) -> tuple[Key, str]:
    """Make a key and keep it; returns what is kept, and the key itself, which nobody can show again.

    Raises:
        KeyDetailsError: the name, a scope or the time is not possible, or there are as many keys as there may be.
        KeyTakenError: another key has this name.
    """
    if not (1 <= len(name) <= MAX_NAME_CHARS and name.isprintable() and name == name.strip()):
        raise KeyDetailsError("name", f"a name has 1 to {MAX_NAME_CHARS} printable characters, and no blank at its ends")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        found = f"; {unknown[0][:40]!r} is none" if unknown else ""
        raise KeyDetailsError("scopes", f"scopes are one or more of {', '.join(SCOPES)}{found}")
    if expires_s is not None and expires_s <= now_s:
        raise KeyDetailsError("expires", "the time lies in the past")
    if len(store.table({}).keys) >= MAX_KEYS:
        raise KeyDetailsError("name", f"there are {MAX_KEYS:,} keys, as many as there may be; revoke those not needed")
    key_id = secrets.token_hex(6)
    secret = f"mkr_{key_id}_{secrets.token_hex(32)}"
    granted = tuple(scope for scope in SCOPES if scope in scopes)
    key = Key(name, key_id, granted, _digest(secret), now_s, by.name, expires_s)
    facts = {"id": key_id, "scopes": list(granted), "expires": moment(expires_s)}
    if not store.create(key, act_of(by, "keys.create", name, now_s=now_s, **facts)):
        raise KeyTakenError(name)
    return key, secret


def revoke(store: KeyStore, name: str, *, by: Person, now_s: float) -> None:
    """Take a key away; raises UnknownKeyError if there is none of this name."""
    if not name.isprintable() or not store.revoke(name, act_of(by, "keys.revoke", name, now_s=now_s)):
        raise UnknownKeyError(name)


def id_of(sent: str) -> str:
    """The id in a key; "" for what does not look like one."""
    form = _FORM.fullmatch(sent)
    return form[1] if form else ""


def moment_from_text(text: str) -> float:
    """An ISO 8601 time, without a zone UTC, in seconds since 1970; raises KeyDetailsError."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise KeyDetailsError(
            "expires", f"expected ISO 8601, for example 2027-01-31 or 2027-01-31T12:00Z, not {text[:40]!r}"
        ) from None


def moment(seconds: float | None) -> str | None:
    """A time in ISO 8601, UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def key_to_json(key: Key, used_s: float | None, *, now_s: float) -> dict[str, Any]:
    """A key as lists show it."""
    return {
        "name": key.name,
        "id": key.id,
        "scopes": list(key.scopes),
        "created": moment(key.created_s),
        "created_by": key.created_by,
        "expires": moment(key.expires_s),
        "expired": key.expired(now_s),
        "last_used": moment(used_s),
    }


def keys_to_json(store: KeyStore, *, now_s: float) -> list[dict[str, Any]]:
    """All keys, by name."""
    used = store.used()
    keys = sorted(store.table({}).keys.values(), key=lambda key: key.name)
    return [key_to_json(key, used.get(key.name), now_s=now_s) for key in keys]


def _digest(sent: str) -> str:
    return hashlib.sha256(sent.encode(errors="replace")).hexdigest()
