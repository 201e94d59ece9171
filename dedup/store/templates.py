"""What stores agree on about templates, and the oracle: `TemplateBook` says what a registry of templates must answer.

A template is one frame of standing wording. Its passage keys belong to no other; an article seen to fill a frame (a sighting)
belongs to the template that has most of the sighting's keys, if that is at least half of them, else it makes a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dedup.records import U8, U32, Sighting, Stored, Template, TemplateAct, TemplateChange, TemplateState
from dedup.template import PINNED, RELEASED

MAX_TEMPLATES = 10_000  # that no person named or decided; the least recently seen go
MAX_KEYS = 64  # learnt passage keys of one template; those seen most stay
MAX_DECIDED = 1_000  # passage keys that one decision covers
MAX_SOURCES = 16  # outlets counted by name, the first ones
MAX_EXAMPLES = 20  # articles remembered by number: the first two and the latest
FIRST_EXAMPLES = 2
MAX_CHANGES = 20  # acts of persons remembered on one template
MAX_TURNS = 16  # times that one passage changes hands and replays still know
MAX_COUNTED = 2**20 - 1  # articles of one template; more are not counted
MAX_SEEN = 65_535

STATES: tuple[TemplateState, ...] = ("learnt", "pinned", "released")  # by number; 1 and 2 as in Admitted.decided
assert (STATES.index("pinned"), STATES.index("released")) == (PINNED, RELEASED)


@dataclass(slots=True)
class _Entry:
    """A template as it grows."""

    first_s: float
    last_s: float
    state: TemplateState = "learnt"
    name: str = ""
    articles: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    examples: list[int] = field(default_factory=list)
    keys: dict[int, int] = field(default_factory=dict)  # key -> how many sightings showed it
    decided: list[int] = field(default_factory=list)
    changes: list[TemplateChange] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether a person wants it."""
        return self.state != "learnt" or bool(self.name)

    def count(self, seq: int, source: str, arrived_s: float) -> None:
        """One more article of the frame."""
        self.articles = min(self.articles + 1, MAX_COUNTED)
        self.first_s, self.last_s = min(self.first_s, arrived_s), max(self.last_s, arrived_s)
        if source in self.sources or len(self.sources) < MAX_SOURCES:
            self.sources[source] = self.sources.get(source, 0) + 1
        self.examples = sorted({*self.examples, seq})
        if len(self.examples) > MAX_EXAMPLES:
            del self.examples[FIRST_EXAMPLES]


class TemplateBook:
    """A registry of templates in this process. Not locked: its store is.

    Args:
        present: whether an article is in the index.
        next_seq: the sequence number that the next arrival will have.
    """

    def __init__(self, present: Callable[[int], bool], next_seq: Callable[[], int]) -> None:
        self._present = present
        self._next_seq = next_seq
        self._templates: dict[int, _Entry] = {}
        self._last_id = 0
        self._owners: dict[int, int] = {}  # passage key -> template
        self._counted: set[int] = set()  # articles that a template counts
        self._loose: dict[int, float] = {}  # templates that no person wants, and when they were touched
        self._turns: dict[int, list[tuple[int, int]]] = {}  # passage key -> (first seq, state number), ascending

    def learn(self, sightings: Iterable[Sighting]) -> None:
        for sighting in sightings:
            if self._present(sighting.seq) and sighting.seq not in self._counted:
                self._learn(sighting)
        while len(self._loose) > MAX_TEMPLATES:
            self._drop(min(self._loose, key=lambda n: (self._loose[n], str(n))))

    def template(self, template_id: int) -> Template | None:
        entry = self._templates.get(template_id)
        return None if entry is None else _template(template_id, entry)

    def templates(
        self, *, state: TemplateState | None, source: str | None, after: tuple[int, int] | None, limit: int
    ) -> list[Template]:
        ranked = sorted(self._templates, key=lambda n: (-self._templates[n].articles, -n))
        found = []
        for number in ranked:
            entry = self._templates[number]
            if after is not None and (entry.articles, number) >= after:
                continue
            if state in (None, entry.state) and (source is None or source in entry.sources):
                found.append(_template(number, entry))
        return found[:limit]

    def teach(self, example: Stored, act: TemplateAct) -> int:
        self._last_id += 1
        entry = self._templates[self._last_id] = _Entry(example.arrived_s, example.arrived_s)
        self._count(entry, example.seq, example.article.source, example.arrived_s)
        self.act(self._last_id, act)
        return self._last_id

    def act(self, template_id: int, act: TemplateAct) -> bool:
        entry = self._templates.get(template_id)
        if entry is None:
            return False
        if act.state is not None:
            self._decide(template_id, entry, act.state, act.keys.tolist())
        if act.name is not None:
            entry.name = act.name
        entry.changes = [*entry.changes, TemplateChange(act.at_s, act.by, act.state, act.name)][-MAX_CHANGES:]
        if entry.kept:
            self._loose.pop(template_id, None)
        else:
            self._loose[template_id] = max(act.at_s, entry.last_s, self._loose.get(template_id, entry.last_s))
        return True

    def expire(self, before_s: float) -> None:
        for number in [n for n, touched_s in self._loose.items() if touched_s < before_s]:
            self._drop(number)

    def decided(self, keys: U32, seq: int) -> U8:
        """For each key what was decided of it when `seq` arrived; empty if nothing was."""
        if not self._turns:
            return np.zeros(0, dtype=np.uint8)
        states = np.array([self._state(key, seq) for key in keys.tolist()], dtype=np.uint8)
        return states if states.any() else states[:0]

    def take(self, keys: Sequence[int], decided: U8) -> None:
        """Hold what another store says was decided of keys, from the first seq on."""
        for key, state in zip(keys, decided.tolist(), strict=False):
            if state:
                self._turns.setdefault(key, [(0, state)])

    def _learn(self, sighting: Sighting) -> None:
        keys = sighting.keys.tolist()[:MAX_KEYS]
        owned = Counter(self._owners[key] for key in keys if key in self._owners)
        best = min(owned, key=lambda n: (-owned[n], n), default=0)
        match = sighting.match
        if best and 2 * owned[best] >= len(keys):
            entry = self._templates[best]
            if match and self._present(match.seq) and match.seq not in self._counted:
                self._count(entry, match.seq, match.article.source, match.arrived_s)
        elif match:
            self._last_id = best = self._last_id + 1
            entry = self._templates[best] = _Entry(match.arrived_s, match.arrived_s)
            self._count(entry, match.seq, match.article.source, match.arrived_s)
            self._loose[best] = sighting.arrived_s
        else:
            return
        self._count(entry, sighting.seq, sighting.source, sighting.arrived_s)
        self._take_keys(best, entry, keys)
        if best in self._loose:
            self._loose[best] = max(self._loose[best], entry.last_s)

    def _count(self, entry: _Entry, seq: int, source: str, arrived_s: float) -> None:
        entry.count(seq, source, arrived_s)
        if self._present(seq):
            self._counted.add(seq)

    def _take_keys(self, number: int, entry: _Entry, keys: Sequence[int]) -> None:
        for key in keys:
            if key in entry.keys:
                entry.keys[key] = min(entry.keys[key] + 1, MAX_SEEN)
            elif entry.state == "learnt" and self._owners.setdefault(key, number) == number:
                entry.keys[key] = 1
        for key in sorted(entry.keys, key=lambda k: (-entry.keys[k], k))[MAX_KEYS:]:
            del entry.keys[key], self._owners[key]

    def _decide(self, number: int, entry: _Entry, state: TemplateState, keys: Sequence[int]) -> None:
        for key in sorted(set(entry.decided) - set(keys)):
            self._turn(key, 0)
            if self._owners.get(key) == number and key not in entry.keys:
                del self._owners[key]
        for key in keys:
            self._turn(key, STATES.index(state))
            self._owners.setdefault(key, number)
        entry.state, entry.decided = state, list(keys)

    def _turn(self, key: int, state: int) -> None:
        """From the next arrival on, a key has another state; two turns between the same arrivals are one."""
        turns = self._turns.get(key, [])
        if self._state(key, 2**32) == state:
            return
        kept = [turn for turn in turns if turn[0] != self._next_seq()]
        self._turns[key] = [*kept, (self._next_seq(), state)][-MAX_TURNS:]

    def _state(self, key: int, seq: int) -> int:
        state = 0
        for first, then in self._turns.get(key, ()):
            if first <= seq:
                state = then
        return state

    def _drop(self, number: int) -> None:
        entry = self._templates.pop(number)
        del self._loose[number]
        for key in entry.keys:
            if self._owners.get(key) == number:
                del self._owners[key]


def _template(number: int, entry: _Entry) -> Template:
    return Template(
        id=number,
        state=entry.state,
        name=entry.name,
        articles=entry.articles,
        first_s=entry.first_s,
        last_s=entry.last_s,
        sources=tuple(sorted(entry.sources.items(), key=lambda item: (-item[1], item[0]))),
        examples=tuple(entry.examples),
        keys=tuple(sorted(entry.keys.items(), key=lambda item: (-item[1], item[0]))),
        decided_keys=tuple(entry.decided),
        changes=tuple(entry.changes),
    )
