"""A verdict on two texts in words: what was decided, by which rule, on what evidence, and what else it would have taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedup.records import Article, Change, Match, Verdict

_EXCERPT = 70  # characters shown of each end of a long passage
_PASSAGES = 5

#: What a rule found, by its name in a verdict.
_BODY_RULES = {
    "fewer_than_min_body_words": "there are too few words to judge",
    "no_candidate": "they share no passage that could make one a copy of the other",
    "same_words": "their words are the same after normalisation",
    "copy_model": "the copy model takes one for a copy of the other",
    "copy_model_with_changed_figures": "the copy model takes one for a copy of the other, and figures changed in place",
    "pieces_of_several": "the text is made of pieces of several earlier articles",
    "same_frame_other_figures": "they share a frame in which most figures are others",
    "same_frame_other_words": "they share a frame in which several words are replaced",
    "pinned_template": "what they share is wording that a person pinned as standing",
    "standing_wording": "what they share is standing wording, found in many articles",
    "no_copy_among_candidates": "what they share is too little for a copy",
}
_HEADLINE_RULES = {
    "no_headline": "there is none",
    "no_like_headline": "their words differ too much",
    "same_words": "the words are the same, labels and outlet names aside",
    "small_differences": "they say the same with small differences",
    "changed_fact": "nearly the same words, but a fact differs",
    "recurs_over_unrelated_bodies": "a standing title that came over unrelated texts before",
}
#: What would have had to differ for another verdict.
_OTHERWISE = {
    "repeat": "one word more, less or replaced would have made it a copy.",
    "copy": "equal words would have made it a repeat, figures changed in place an update, much text cut or added a partial copy.",
    "partial": "with most of both texts in shared passages it would be a copy; with a score under 0.50, none.",
    "update": "with the same figures on both sides it would be a copy or a partial copy.",
    "template": "with the same figures and names in the shared frame it would be a copy.",
    "new": "more of the shorter text would have to stand in shared passages that are no standing wording.",
}


def explain(old: Article, new: Article, verdict: Verdict, *, min_body_words: int) -> Iterator[str]:
    """Lines for a reader.

    Args:
        old, new: the earlier and the later text.
        verdict: on `new`, with `old` as the only article before it.
        min_body_words: as in the settings that decided.
    """
    body, headline = verdict.body, verdict.headline
    yield f"Body: {body.verdict}" + (f" ({body.relation})" if body.relation else "")
    yield f"  because  {_BODY_RULES.get(body.rule, '')} [rule {body.rule}]"
    if body.verdict == "too_short":
        yield f"  needed   at least {min_body_words} words in each body (setting min_body_words)"
    else:
        if body.rule != "no_candidate":
            yield f"  score    {body.score:.2f}; a copy from 0.50 on"
        if body.match:
            yield (
                f"  shared   Jaccard {body.jaccard:.2f}; {body.containment_of_new:.0%} of the later text's word runs "
                f"are in the earlier one, {body.containment_of_old:.0%} the other way"
            )
        yield from _passages(old, new, verdict)
        yield from _changed(body.changed)
        if body.verdict in _OTHERWISE:
            yield f"  else     {_OTHERWISE[body.verdict]}"
    yield f"Headline: {headline.verdict}"
    yield f"  because  {_HEADLINE_RULES.get(headline.rule, '')} [rule {headline.rule}]"
    yield from _changed(headline.changed)
    if verdict.credit:
        yield f"Credit: {verdict.credit.agency} «{verdict.credit.text}»"
    if verdict.uncredited:
        yield f"Uncredited: the text is {verdict.uncredited.agency}'s by the credit of {verdict.uncredited.credited_by}"
    yield (
        f"So: {'a duplicate' if verdict.duplicate else 'no duplicate'}"
        f"{', and the headline is repeated' if verdict.repeated_headline else ''} (settings {verdict.settings})"
    )


def recorded_line(verdict: Verdict) -> str:
    """What was recorded when the later article arrived."""
    return (
        f"Recorded when {verdict.id} arrived: body {verdict.body.verdict}{_of(verdict.body.match)}, "
        f"headline {verdict.headline.verdict}{_of(verdict.headline.match)}"
    )


def _of(match: Match | None) -> str:
    return f" of {match.id}" if match else ""


def _passages(old: Article, new: Article, verdict: Verdict) -> Iterator[str]:
    passages = sorted(verdict.body.passages, key=lambda passage: -passage.words)
    for passage in passages[:_PASSAGES]:
        yield f"  passage  {passage.words} words"
        yield f"    earlier {passage.old[0]}-{passage.old[1]}  «{_excerpt(old.body, passage.old)}»"
        yield f"    later   {passage.new[0]}-{passage.new[1]}  «{_excerpt(new.body, passage.new)}»"
    if len(passages) > _PASSAGES:
        yield f"  and {len(passages) - _PASSAGES} shorter passages"


def _excerpt(text: str, at: tuple[int, int]) -> str:
    passage = " ".join(text[at[0] : at[1]].split())
    if len(passage) <= 2 * _EXCERPT:
        return passage
    return f"{passage[:_EXCERPT].rsplit(' ', 1)[0]} … {passage[-_EXCERPT:].split(' ', 1)[-1]}"


def _changed(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield f"  changed  {change.kind}: «{change.old or '-'}» is now «{change.new or '-'}»"
