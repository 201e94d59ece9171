"""Stages 1 to 4 in a row: one article -> everything by which it is found and compared."""

from __future__ import annotations

import numpy as np

from dedup.entities import find_names
from dedup.hashing import hash_word
from dedup.index import sign_words
from dedup.lexicon import CUE, FIGURE, LONG, MAY_COUNT, NAME, Words, look_up
from dedup.numerals import find_figures
from dedup.records import I32, U32, Article, Figure, Fingerprint, OwnText, Segments
from dedup.reuse import cut_pieces
from dedup.segment import segment
from dedup.settings import Settings


def fingerprint(article: Article, settings: Settings) -> Fingerprint:
    """Normalise, segment, shingle and sign one article."""
    segments = segment(article)
    words = look_up(segments.body.words)
    s, ranges = settings, np.array(segments.own, dtype=np.int32).reshape(-1, 2)
    shingles, _, keys, keys_at, bands = sign_words(
        segments.body.hashes, ranges, s.shingle_size, s.passage_words, s.passage_window, s.bands, s.rows
    )
    figures = _own_figures(segments, words)
    return Fingerprint(
        article=article,
        segments=segments,
        band_keys=bands,
        passage_keys=keys,
        figures=figures,
        own=_own_text(segments, words, shingles, keys_at, figures),
    )


def _own_figures(segments: Segments, words: Words) -> tuple[Figure, ...]:
    """The figures that lie in the own text; word indices into it."""
    start, end = segments.own_range
    found = find_figures(segments.body.words, np.flatnonzero(words.flags & MAY_COUNT).tolist())
    return tuple(Figure(f.start - start, f.end - start, f.value) for f in found if f.start >= start and f.end <= end)


def _own_text(segments: Segments, words: Words, shingles: U32, keys_at: I32, figures: tuple[Figure, ...]) -> OwnText:
    body, (start, end) = segments.body, segments.own_range
    flags = words.flags.copy()
    flags[list(find_names(body.words, np.flatnonzero(flags & CUE).tolist()))] |= NAME
    flags = flags[start:end]
    for figure in figures:
        flags[figure.start : figure.end] |= FIGURE
    headline = look_up(segments.headline.words)
    return OwnText(
        words=body.hashes[start:end],
        stems=words.stems[start:end],
        flags=flags,
        breaks=body.breaks[start:end],
        pieces=cut_pieces(body.breaks, start, end) - np.int32(start),
        known=np.sort(np.concatenate((words.stems, headline.stems))),
        headline=headline.stems[headline.flags & LONG > 0],
        shingles=shingles,
        passage_at=keys_at - np.int32(start),
        figures=np.array([(f.start, f.end) for f in figures], dtype=np.int32).reshape(-1, 2),
        values=np.array([hash_word(f.value) for f in figures], dtype=np.uint32),
    )
