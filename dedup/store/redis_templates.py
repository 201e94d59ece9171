"""Templates as lua/templates.lua keeps them in a server: sent, and read back. The scripts run in `store.redis`."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dedup.records import U32, Sighting, Stored, Template, TemplateAct, TemplateChange
from dedup.store.templates import MAX_KEYS, STATES

_HEAD = struct.Struct("<ddIBBBB")
_KEY = np.dtype([("key", ">u4"), ("seen", "<u2")])


def sighting_sent(sighting: Sighting) -> tuple[bytes, str, str, bytes]:
    """A sighting as lua/learn.lua takes it."""
    match = sighting.match
    numbers = struct.pack("<IdId", sighting.seq, sighting.arrived_s, match.seq if match else 0, match.arrived_s if match else 0.0)
    return numbers, sighting.source, match.article.source if match else "", _packed(sighting.keys[:MAX_KEYS])


def act_sent(act: TemplateAct, example: Stored | None = None) -> list[Any]:
    """An act as lua/act.lua takes it, behind the id."""
    state = "" if act.state is None else STATES.index(act.state)
    name = ("", "") if act.name is None else (act.name, "1")
    logged = json.dumps([act.at_s, act.by, act.state, act.name], ensure_ascii=False, separators=(",", ":"))
    sent: list[Any] = [state, *name, _packed(act.keys), logged, struct.pack("<d", act.at_s)]
    if example:
        sent += [struct.pack("<Id", example.seq, example.arrived_s), example.article.source]
    return sent


def read_templates(client: Any, prefix: str, ids: Sequence[int]) -> list[Template]:
    """The templates among `ids`, in their order."""
    pipeline = client.pipeline(transaction=True)
    for number in ids:
        pipeline.get(f"{prefix}t:{number}")
        pipeline.hgetall(f"{prefix}tp:{number}")
        pipeline.lrange(f"{prefix}tc:{number}", 0, -1)
    read = pipeline.execute() if ids else []
    return [
        _template(number, raw, person, changes)
        for number, raw, person, changes in zip(ids, read[::3], read[1::3], read[2::3], strict=True)
        if raw is not None
    ]


def _template(number: int, raw: bytes, person: Mapping[bytes, bytes], changes: Sequence[bytes]) -> Template:
    first_s, last_s, articles, state, examples, keys, sources = _HEAD.unpack_from(raw)
    at = _HEAD.size
    seqs = np.frombuffer(raw, "<u4", examples, at)
    at += seqs.nbytes
    learnt = np.frombuffer(raw, _KEY, keys, at)
    at += learnt.nbytes
    outlets = []
    for _ in range(sources):
        count, length = struct.unpack_from("<IH", raw, at)
        outlets.append((raw[at + 6 : at + 6 + length].decode(), count))
        at += 6 + length
    return Template(
        id=number,
        state=STATES[state],
        name=person.get(b"name", b"").decode(),
        articles=articles,
        first_s=first_s,
        last_s=last_s,
        sources=tuple(sorted(outlets, key=lambda item: (-item[1], item[0]))),
        examples=tuple(seqs.tolist()),
        keys=tuple(zip(learnt["key"].tolist(), learnt["seen"].tolist(), strict=True)),
        decided_keys=tuple(np.frombuffer(person.get(b"keys", b""), ">u4").tolist()),
        changes=tuple(TemplateChange(*json.loads(change)) for change in changes),
    )


def _packed(keys: U32) -> bytes:
    return keys.astype(">u4").tobytes()
