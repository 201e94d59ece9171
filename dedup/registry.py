"""The registry of templates, as a person sees it: standing wording that was learnt, and what is decided of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedup.deduplicator import Deduplicator
from dedup.errors import TemplateError, UnknownTemplateError
from dedup.normalise import normalise
from dedup.records import I32, U32, Fingerprint, PassageUse, Stored, Template, TemplateAct, TemplateState
from dedup.store.protocol import latest
from dedup.store.templates import MAX_DECIDED
from dedup.template import keys_within, standing_keys, wording
from dedup.verify import compare

MAX_NAME_CHARS = 200
MAX_BY_CHARS = 100
_COMPARED = 4  # further examples that say which words stand


@dataclass(frozen=True, slots=True)
class Shown:
    """A template with what the stored articles say of it; both are empty once every example is gone."""

    template: Template
    examples: tuple[Stored, ...]  # earliest first
    wording: tuple[str, ...]  # passages of the latest example that belong to the frame, as it was sent, in reading order


class TemplateRegistry:
    """Lists, names, pins and releases templates.

    The registry keeps passage keys and sequence numbers, never text: wording is read from the articles that are still stored.

    Args:
        deduplicator: whose store holds the templates.
    """

    def __init__(self, deduplicator: Deduplicator) -> None:
        self._deduplicator = deduplicator
        self._store = deduplicator.store

    def page(
        self,
        *,
        state: TemplateState | None = None,
        source: str | None = None,
        after: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> list[Template]:
        """Templates with most articles first; `after` is the number of articles and the id of the last one seen."""
        return self._store.templates(state=state, source=source, after=after, limit=limit)

    def examples(self, templates: Sequence[Template]) -> dict[int, Stored]:
        """The latest article of each template that is still stored, by the template's number."""
        latest = {template.id: template.examples[-1] for template in templates}
        stored = self._store.entries(sorted(set(latest.values())))
        return {number: stored[seq] for number, seq in latest.items() if seq in stored}

    def show(self, template_id: int) -> Shown:
        """One template with its examples and its wording. Raises UnknownTemplateError."""
        template = self._store.template(template_id)
        if template is None:
            raise UnknownTemplateError(template_id)
        examples = tuple(stored for _, stored in sorted(self._store.entries(template.examples).items()))
        text, ranges = self._frame(template, examples)
        body = text.segments.body if text else None
        passages = tuple(body.original[body.starts[a] : body.ends[b - 1]] for a, b in ranges) if body else ()
        return Shown(template, examples, passages)

    def change(
        self, template_id: int, *, state: TemplateState | None = None, name: str | None = None, by: str, now_s: float
    ) -> Shown:
        """Name a template, pin or release its wording, or go back to what is learnt; None leaves a member as it is.

        Args:
            state: `pinned`: articles that share only this wording are never copies. `released`: its passages are ordinary
                text. `learnt`: no decision. It holds for articles that arrive from now on.
            name: an empty one takes the name away.
            by: who wants it; kept with the change.

        Raises:
            UnknownTemplateError: no such template.
            TemplateError: `name` or `by` is too long, or nothing is left of the wording.
        """
        shown = self.show(template_id)
        keys = np.zeros(0, dtype=np.uint32)
        if state in ("pinned", "released"):
            keys = self._decided(shown.template, shown.examples)
        if not self._store.act(template_id, _act(state, name, keys, by, now_s)):
            raise UnknownTemplateError(template_id)
        return self.show(template_id)

    def teach(self, article_id: str, text: str = "", *, name: str = "", by: str, now_s: float) -> Shown:
        """Pin wording that was seen once, before it could be learnt: `text` as it stands in an article, or all of its own text.

        Raises:
            UnknownArticleError: the article is not in the index.
            TemplateError: the text does not stand in it in one piece, or is shorter than `min_body_words`.
        """
        example = latest(self._store, article_id)
        article = self._deduplicator.fingerprint(example.article)
        ranges = list(article.segments.own)
        if text.strip():
            ranges = _within(ranges, *_find(article, text))
        words = sum(end - start for start, end in ranges)
        least = self._deduplicator.settings.min_body_words
        if words < least:
            raise TemplateError("wording", f"wording of {words} words is too short; at least {least} are needed")
        keys = keys_within(article, ranges, self._deduplicator.settings)
        return self.show(self._store.teach(example, _act("pinned", name, keys[:MAX_DECIDED], by, now_s)))

    def _frame(self, template: Template, examples: tuple[Stored, ...]) -> tuple[Fingerprint | None, list[tuple[int, int]]]:
        """The latest example that has any of the wording, and where in its body it stands."""
        keys = standing_keys(template)
        texts = [self._deduplicator.fingerprint(stored.article) for stored in examples]
        for at in reversed(range(len(texts))):
            text = texts[at]
            none: I32 = np.zeros(len(text.passage_keys), dtype=np.int32)
            unused = PassageUse(none, none, none)
            # a decision has the keys of all its wording; what was learnt has some, and the examples say the rest
            others = [] if template.decided_keys else [other for n, other in enumerate(texts) if n != at][-_COMPARED:]
            shared = [compare(text, other, unused).shared_new for other in others]
            ranges = wording(text, keys, shared, self._deduplicator.settings)
            if ranges:
                return text, ranges
        return None, []

    def _decided(self, template: Template, examples: tuple[Stored, ...]) -> U32:
        """The passage keys that a decision covers: those seen to recur, and every run of the wording as it stands."""
        keys = np.array(sorted(standing_keys(template)), dtype=np.uint32)
        text, ranges = self._frame(template, examples)
        if text:
            runs = keys_within(text, ranges, self._deduplicator.settings)
            keys = np.union1d(keys, runs[: max(0, MAX_DECIDED - len(keys))])
        if not len(keys):
            raise TemplateError("state", f"nothing is left of the wording of template {template.id}")
        return keys


def _act(state: TemplateState | None, name: str | None, keys: U32, by: str, now_s: float) -> TemplateAct:
    return TemplateAct(
        state, None if name is None else _line("name", name, MAX_NAME_CHARS), keys, _line("by", by, MAX_BY_CHARS), now_s
    )


def _line(field: str, value: str, most: int) -> str:
    """The value on one line; raises TemplateError naming the field."""
    line = " ".join(value.split())
    if len(line) > most:
        raise TemplateError(field, f"{field} has {len(line)} characters; at most {most} are accepted")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise TemplateError(field, f"{field} holds half of a surrogate pair; send valid Unicode") from None
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in line):
        raise TemplateError(field, f"{field} must not contain control characters")
    return line


def _find(article: Fingerprint, text: str) -> tuple[int, int]:
    """The word range of an article's body where a text stands in one piece, spelling and diacritics aside."""
    words, body = normalise(text).words, article.segments.body.words
    for start in range(len(body) - len(words) + 1 if words else 0):
        if body[start : start + len(words)] == words:
            return start, start + len(words)
    raise TemplateError("wording", "this wording does not stand in the article in one piece")


def _within(ranges: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    return [(max(a, first), min(b, last)) for a, b in ranges if max(a, first) < min(b, last)]
