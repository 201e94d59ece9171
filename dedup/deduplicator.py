"""The core object: the one place that reads as the whole line

text -> normalise -> segment -> shingle -> sign -> index (candidates) -> verify -> verdict -> story
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Protocol

import numpy as np

from dedup.credit import uncredited
from dedup.errors import ArticleError, IdTakenError
from dedup.explanation import Explanation, Standing, gaps_between, otherwise, terms_of
from dedup.fingerprint import fingerprint
from dedup.grouping import LAST, Arrival, Grouping
from dedup.headline import compare_headlines, decide_headline
from dedup.index import (
    MIN_WEIGHT,
    KeyPlan,
    passage_use,
    rank,
)
from dedup.model import CopyModel
from dedup.page import split_page
from dedup.prepare import entry_of, prepare, refuse, source_byte
from dedup.publisher import families_of
from dedup.records import (
    U8,
    Admitted,
    Article,
    BodyVerdict,
    Credit,
    Decision,
    Entry,
    Fingerprint,
    HeadlineCandidate,
    PageItem,
    PassageUse,
    Postings,
    Previous,
    Sighting,
    Stored,
    Story,
    StoryRow,
    Uncredited,
    Verdict,
)
from dedup.settings import DAY_S, Settings
from dedup.store.protocol import Store, latest
from dedup.store.rules import generations_at, id_hash
from dedup.story import belongs, describe, opening_end
from dedup.template import PINNED, as_decided, shared_keys, shared_wording
from dedup.verdict import best_first, decide_body, judge, with_figures
from dedup.verify import Verified, compare

_UNDECIDED = np.zeros(0, dtype=np.uint8)
_FINGERPRINTS_KEPT = 4_000  # recently verified texts stay taken apart, about 17 kB each: four of five candidates are among them
_HEADLINE_CANDIDATES = 8  # earlier headlines compared word by word
_HEADLINES_FETCHED = 64  # of those, so many are looked at for ones inside the window
_FRAME_KEYS = 2  # shared passages from which a template is learnt; one alone is as often a name with its titles
_PINNED_SEEN = 3  # pinned passages by which an article that is no copy counts as one more with that wording
_HEADLINE_MIN_WEIGHT = 1.0  # shared headline bands, weighed as passages are; the exact key alone suffices


@dataclass(frozen=True, slots=True)
class _Case:
    """One article on its way from admission to verdict."""

    fingerprint: Fingerprint
    plan: KeyPlan
    admitted: Admitted
    now_s: float


_Judged = tuple[Verdict, list[Verified]]


class Turns(Protocol):
    """The order in which the batches of one stream go through the two steps that depend on it, whoever judges them."""

    def admitting(self) -> AbstractContextManager[None]:
        """Held while a batch is admitted."""
        ...

    def placing(self) -> AbstractContextManager[None]:
        """Held while its articles are put into stories and its verdicts are recorded."""
        ...


class Deduplicator:
    """Judges articles against those that arrived before them.

    Args:
        store: where the index lives; opened with the same settings.
        settings: all that changes a decision.

    A verdict is a function of the article, the numbers the store returned at its arrival, and the stored texts of earlier
    arrivals; never of earlier verdicts, of the batch it came in, or of the clock beyond the `now_s` given.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._version = settings.version()
        self._recent: OrderedDict[int, Fingerprint] = OrderedDict()
        self._cases: OrderedDict[int, _Case] = OrderedDict()
        self._grouping = Grouping(
            store,
            compare=self._compare_stored,
            opening=self._opening,
            versions=self._versions_below,
            retention_s=settings.retention_s,
        )

    def check(self, articles: Sequence[Article], *, now_s: float, turns: Turns | None = None) -> list[Verdict | ArticleError]:
        """Judge articles in order of arrival and add them to the index.

        Args:
            now_s: the time of their arrival, seconds since 1970.
            turns: where other processes judge other batches of one stream: keeps them in order.

        Returns one answer an article, in order: its verdict, or the error that kept it out. A repeated arrival (same id,
        same text) answers with the verdict recorded then. Raises StoreError if the store is away.
        """

        def admit(entries: Sequence[Entry], *, now_s: float) -> list[Admitted]:
            with turns.admitting() if turns else nullcontext():
                return self.store.admit(entries, now_s=now_s)

        answers, cases = self._received(articles, admit, now_s)
        judged = self._verdicts(list(cases.values()))
        with turns.placing() if turns else nullcontext():
            self._keep_verdicts(answers, cases, self._placed(list(cases.values()), judged, keep=True))
        return [answer for answer in answers if answer is not None]

    def _keep_verdicts(
        self, answers: list[Verdict | ArticleError | None], cases: Mapping[int, _Case], judged: Sequence[_Judged]
    ) -> None:
        """Put verdicts into their answers' places, and write them down."""
        first: dict[int, Verdict] = {}
        decisions = []
        sightings = []
        for (at, case), (verdict, verified) in zip(cases.items(), judged, strict=True):
            seq = case.admitted.seq
            if seq in first:  # the same article twice in one batch
                answers[at] = replace(first[seq], replayed=True)
                continue
            first[seq] = verdict
            answers[at] = replace(verdict, replayed=case.admitted.status == "replayed")
            decisions.append((self._decision(case, verdict), verdict))
            sightings += self._sightings(case, verdict, verified)
        if decisions:
            self.store.record(decisions)
        if sightings:
            self.store.learn(sightings)  # only now: verdicts never wait for it, and a crash in between loses no more than this

    def look(self, articles: Sequence[Article], *, now_s: float) -> list[Verdict | ArticleError]:
        """Judge articles against the index alone and leave no trace; they do not see each other."""
        answers, cases = self._received(articles, self.store.look, now_s)
        judged = self._verdicts(list(cases.values()))
        placed = self._placed(list(cases.values()), judged, keep=False)
        for (at, case), (verdict, _) in zip(cases.items(), placed, strict=True):
            answers[at] = replace(verdict, replayed=case.admitted.status == "replayed")
        return [answer for answer in answers if answer is not None]

    def compare(self, old: Article, new: Article) -> Verdict:
        """The verdict on `new` if `old` were the only article before it. Raises ArticleError if either cannot be judged."""
        before, after = self._both(old, new)
        return self._pair(after, before, Stored(1, 0.0, old), _use_of_two(after, before), _UNDECIDED, version=1)[0]

    def explain_texts(self, old: Article, new: Article) -> Explanation:
        """Why `compare` says what it says. Raises ArticleError if either cannot be judged."""
        before, after = self._both(old, new)
        stored = Stored(1, 0.0, old), Stored(2, 0.0, new)
        return self._explained(*stored, before, after, _use_of_two(after, before), _UNDECIDED, frequencies="none", version=1)

    def explain(self, a_id: str, b_id: str) -> Explanation:
        """Why `b` is, or is not, a copy of `a`, both in the index, by the passage frequencies as of the later one's arrival.

        The latest version of `b` is held against the version of `a` that stood when it arrived; if `a` came after `b`, the
        two change places. Raises UnknownArticleError, and ArticleError if both ids are one item.
        """
        a, b = self._versions(a_id, "a"), self._versions(b_id, "b")
        if a_id == b_id:
            raise ArticleError("b", f"a and b are both {a_id!r}; name two articles")
        if a[0].seq == b[0].seq:
            raise ArticleError("b", f"{a_id!r} and {b_id!r} are versions of one item, which are never judged against each other")
        before = [stored for stored in a if stored.seq < b[0].seq]
        earlier, later = (before[0], b[0]) if before else (next(stored for stored in b if stored.seq < a[0].seq), a[0])
        old, new = self._taken_apart(earlier), self._taken_apart(later)
        plan, entry = entry_of(new, self.settings, later.arrived_s)
        admitted = self.store.look([entry], now_s=later.arrived_s)[0]
        case = _Case(new, plan, admitted, later.arrived_s)
        recorded = self.store.recorded([later.seq]).get(later.seq)
        explanation = self._explained(
            earlier,
            later,
            old,
            new,
            self._passage_use(case, self._compared(case)),
            self._decided(case),
            frequencies="partly" if self._swept_since(later.arrived_s) else "arrival",
            version=admitted.version,
        )
        standing = self._standing(case, entry, earlier, recorded)
        return replace(explanation, standing=standing, recorded=replace(recorded, replayed=False) if recorded else None)

    def page(self, text: str) -> list[PageItem]:
        """The articles found on a scraped page given as text, in reading order."""
        return split_page(text)

    def remove(self, article_id: str) -> bool:
        """Take every version of an article out of every answer. Returns False if the id is unknown."""
        seq = self.store.find(article_id)
        if seq is None:
            return False
        keys: dict[int, Sequence[int]] = {}
        while seq is not None:
            stored = self.store.entries([seq]).get(seq)
            if stored is None:
                break
            fingerprint = self.fingerprint(stored.article)
            entry = entry_of(fingerprint, self.settings, stored.arrived_s)[1]
            keys[seq] = [int(key) for key in entry.keys]
            seq = next(iter(self._earlier_versions(entry, stored.arrived_s, seq)), None)
        rows = self.store.stories(list(keys)).values()
        removed = self.store.remove(article_id, keys)
        for row in rows:
            left = self.store.stories([m.seq for m in row.members]).values()
            for vacant in {r.number: r for r in left if not r.lead}.values():
                self._grouping.lose_lead(vacant)
        return removed

    def story(self, article_id: str) -> Story | None:
        """The story that the latest version of an article stands in; None if the id is unknown."""
        seq = self.store.find(article_id)
        if seq is None:
            return None
        row = self.store.stories([seq]).get(seq) or StoryRow.alone(seq, article_id)
        stored = self.store.entries([m.seq for m in row.members])
        if not stored:  # removed in between
            return None
        credits = {other.seq: self._taken_apart(other).segments.credit for other in stored.values()}
        families = families_of(self.settings.publisher_families)
        return describe(row, list(stored.values()), credits, self.store.recorded(list(stored)), families)

    # ── one stage after the other ────────────────────────────────────────────────────────────────────────────────

    def fingerprint(self, article: Article) -> Fingerprint:
        """Normalise, segment, shingle and sign one article."""
        return fingerprint(article, self.settings)

    def _received(
        self, articles: Sequence[Article], ask: Callable[..., list[Admitted]], now_s: float
    ) -> tuple[list[Verdict | ArticleError | None], dict[int, _Case]]:
        """What is answered at once (errors, verdicts recorded before), and by place the cases that are yet to be judged."""
        prepared = [prepare(article, self.settings, now_s=now_s) for article in articles]
        entries = [p.entry for p in prepared if not isinstance(p, ArticleError)]
        admitted = iter(ask(entries, now_s=now_s))
        answers: list[Verdict | ArticleError | None] = []
        cases: dict[int, _Case] = {}
        for article, p in zip(articles, prepared, strict=True):
            answers.append(p if isinstance(p, ArticleError) else None)
            if isinstance(p, ArticleError):
                continue
            a = next(admitted)
            if a.status == "id_taken":
                answers[-1] = IdTakenError(article.id)
                continue
            cases[len(answers) - 1] = _Case(p.fingerprint, p.plan, a, now_s)
            if a.seq and a.status != "replayed":
                self._keep(a.seq, p.fingerprint)
        replays = {at: case.admitted.seq for at, case in cases.items() if case.admitted.status == "replayed"}
        if replays:
            recorded = self.store.recorded(sorted(set(replays.values())))
            lost = self.store.entries(sorted(set(replays.values()) - recorded.keys()))
            for at, seq in replays.items():
                if seq in recorded:
                    answers[at] = recorded[seq]
                    del cases[at]
                elif seq in lost:  # by a crash: judged by the clock of its arrival, as it would have been
                    cases[at] = replace(cases[at], now_s=lost[seq].arrived_s)
        return answers, cases

    def _placed(self, cases: Sequence[_Case], judged: Sequence[_Judged], *, keep: bool) -> list[_Judged]:
        """The same with the stories named in the verdicts; `keep` writes those down."""
        arrivals = [
            Arrival(
                stored=Stored(case.admitted.seq or LAST, case.now_s, case.fingerprint.article),
                verified=verified,
                earlier_versions=case.admitted.earlier_versions,
                digest=verdict.body.relation == "merged",
                replayed=case.admitted.status == "replayed",
            )
            for case, (verdict, verified) in zip(cases, judged, strict=True)
        ]
        stories = self._grouping.place(arrivals, keep=keep)
        return [(replace(verdict, story=story), v) for (verdict, v), story in zip(judged, stories, strict=True)]

    def _verdicts(self, cases: Sequence[_Case]) -> list[_Judged]:
        """Each case's verdict, and the candidates that were verified for it, best first; in order of arrival."""
        s = self.settings
        bodies: list[list[int]] = []
        titles: list[list[int]] = []
        for case in cases:
            plan, a = case.plan, case.admitted
            own = {a.seq, *a.earlier_versions}
            bodies.append(self._body_candidates(case) if case.fingerprint.own_words >= s.min_body_words else [])
            exact_end = plan.body + plan.exact_headlines
            exact = rank(a.postings, plan.body, exact_end, exclude=own, min_weight=0.0)
            near = rank(a.postings, exact_end, exact_end + plan.headline_bands, exclude=own, min_weight=_HEADLINE_MIN_WEIGHT)
            related = set(bodies[-1])
            exact.sort(key=lambda seq: (seq not in related, seq))
            titles.append(list(dict.fromkeys(exact + near)))
        kept_bodies, kept_titles, stored = self._fetch(cases, bodies, titles)
        verdicts = []
        for case, body_seqs, title_seqs in zip(cases, kept_bodies, kept_titles, strict=True):
            f, a = case.fingerprint, case.admitted
            if a.seq:
                self._keep_case(a.seq, case)
            use = self._passage_use(case, [stored[seq] for seq in body_seqs])
            verified = self._verify(f, [stored[seq] for seq in body_seqs], use, self._decided(case))
            copies = {v.stored.seq for v in verified if v.is_copy}
            headlines = []
            for seq in title_seqs:
                other = self._taken_apart(stored[seq])
                likeness = compare_headlines(f.segments.headline.words, other.segments.headline.words)
                headlines.append(HeadlineCandidate(stored[seq], likeness, self._bodies(f, other, seq in copies)))
            credits = {v.stored.seq: self._taken_apart(v.stored).segments.credit for v in verified}
            previous = self._previous(f, a, stored)
            verdict = self._verdict(f, verified, headlines, credits, version=a.version, previous=previous)
            verdicts.append((verdict, verified))
        return verdicts

    @staticmethod
    def _body_candidates(case: _Case) -> list[int]:
        """All earlier arrivals whose bodies share enough keys, most telling first; those with the same body before them."""
        a = case.admitted
        own = {a.seq, *a.earlier_versions}
        same = [seq for seq in a.same_content if seq not in own]
        return list(dict.fromkeys(same + rank(a.postings, 0, case.plan.body, exclude=own, min_weight=MIN_WEIGHT)))

    @staticmethod
    def _decided(case: _Case) -> U8:
        """What persons decided of each passage key; empty if nothing."""
        return case.admitted.decided[: case.plan.passages]

    def _passage_use(self, case: _Case, candidates: Iterable[Stored]) -> PassageUse:
        """How the article's passages were used before it, as persons decided, and on which days its candidates appeared."""
        article = case.fingerprint.article
        days_away = {stored.seq: _days_between(article, stored.article) for stored in candidates}
        use = passage_use(case.admitted.postings, case.plan.passages, source_byte(article), days_away)
        return as_decided(use, self._decided(case), most=self.settings.list_cap)

    def _fetch(
        self, cases: Sequence[_Case], bodies: Sequence[list[int]], titles: Sequence[list[int]]
    ) -> tuple[list[list[int]], list[list[int]], dict[int, Stored]]:
        """The stored candidates of each case, best first, without those outside the window; in one call as a rule."""
        most = self.settings.max_candidates
        stored: dict[int, Stored] = {}
        tried: set[int] = set()

        def fetch(seqs: Iterable[int]) -> None:
            wanted = sorted(set(seqs) - tried)
            tried.update(wanted)
            if wanted:
                stored.update(self.store.entries(wanted))

        previous = [c.admitted.earlier_versions[0] for c in cases if c.admitted.earlier_versions]
        depth = 0
        while True:
            rounds = [b[depth * most : (depth + 1) * most] for b in bodies]
            fetch(
                [seq for r in rounds for seq in r]
                + ([seq for t in titles for seq in t[:_HEADLINES_FETCHED]] + previous if depth == 0 else [])
            )
            kept = [
                [seq for seq in b[: (depth + 1) * most] if seq in stored and self._in_window(case, stored[seq])][:most]
                for case, b in zip(cases, bodies, strict=True)
            ]
            depth += 1
            # look further only where candidates fell away and others are left
            if not any(len(k) < most and len(b) > depth * most for k, b in zip(kept, bodies, strict=True)):
                break
        kept_titles = [
            [seq for seq in t[:_HEADLINES_FETCHED] if seq in stored and self._in_window(case, stored[seq])][:_HEADLINE_CANDIDATES]
            for case, t in zip(cases, titles, strict=True)
        ]
        return kept, kept_titles, stored

    def _in_window(self, case: _Case, other: Stored) -> bool:
        """Whether an earlier arrival may answer: still within the retention, and published within the matching window."""
        if case.now_s - other.arrived_s > self.settings.retention_s:
            return False
        mine, theirs = case.fingerprint.article.published, other.article.published
        if mine is None or theirs is None:
            return True
        return abs((mine - theirs).total_seconds()) <= self.settings.window_s

    def _verify(self, f: Fingerprint, candidates: Iterable[Stored], use: PassageUse, decided: U8) -> list[Verified]:
        pairs = (self._judged(f, self._taken_apart(stored), stored, use, decided) for stored in candidates)
        return best_first([pair for pair in pairs if pair])

    def _judged(self, new: Fingerprint, old: Fingerprint, stored: Stored, use: PassageUse, decided: U8) -> Verified | None:
        """Two articles compared, by what persons decided of the wording they share; None if either is too short for that."""
        if min(new.own_words, old.own_words) < self.settings.min_body_words:
            return None
        return judge(stored, compare(new, old, use), self._model(new.article), shared_wording(new, old, decided))

    def _both(self, old: Article, new: Article) -> tuple[Fingerprint, Fingerprint]:
        for article in (old, new):
            refuse(article, self.settings)
        return self.fingerprint(old), self.fingerprint(new)

    def _pair(
        self, new: Fingerprint, old: Fingerprint, stored: Stored, use: PassageUse, decided: U8, *, version: int
    ) -> tuple[Verdict, Verified | None]:
        """The verdict on `new` with one article before it, and their comparison if both are long enough for one."""
        pair = self._judged(new, old, stored, use, decided)
        verified = [pair] if pair else []
        headlines = [
            HeadlineCandidate(
                stored,
                compare_headlines(new.segments.headline.words, old.segments.headline.words),
                self._bodies(new, old, any(v.is_copy for v in verified)),
            )
        ]
        credits = {stored.seq: old.segments.credit}
        verdict = self._verdict(new, verified, headlines, credits, version=version, previous=None)
        openings = {"new_opening": opening_end(new), "old_opening": opening_end(old)}
        if verdict.body.relation != "merged" and any(belongs(v, lead_is_newer=False, **openings) for v in verified):
            verdict = replace(verdict, story=stored.article.id)
        if pair and verdict.body.verdict == "new":  # say how far they are from each other
            verdict = replace(verdict, body=with_figures(verdict.body, pair))
        return verdict, pair

    def _explained(
        self,
        earlier: Stored,
        later: Stored,
        old: Fingerprint,
        new: Fingerprint,
        use: PassageUse,
        decided: U8,
        *,
        frequencies: Literal["arrival", "partly", "none"],
        version: int,
    ) -> Explanation:
        verdict, verified = self._pair(new, old, earlier, use, decided, version=version)
        model = self._model(new.article)
        similarity = verified.comparison.similarity if verified else None
        terms = terms_of(model, similarity) if similarity else ()
        model_score = model.score(similarity) if similarity else None
        ruled = verified is not None and _ruled(verified)
        return Explanation(
            earlier=earlier,
            later=later,
            verdict=verdict,
            earlier_words=old.own_words,
            later_words=new.own_words,
            comparison=verified.comparison if verified else None,
            wording=verified.wording if verified else "ordinary",
            model=model,
            terms=terms,
            model_score=model_score,
            score=verified.score if verified else None,
            ruled=ruled,
            gaps=gaps_between(new, old) if verified else (),
            otherwise=() if ruled or not terms else otherwise(model, terms),
            frequencies=frequencies,
            standing=None,
            recorded=None,
        )

    def _standing(self, case: _Case, entry: Entry, earlier: Stored, recorded: Verdict | None) -> Standing:
        """How an earlier article stood when another arrived; what was recorded then wins over what is found now."""
        old, ranked = self._taken_apart(earlier), self._body_candidates(case)
        rank_of = ranked.index(earlier.seq) + 1 if earlier.seq in ranked else 0
        postings, body = case.admitted.postings, case.plan.body
        under = int(np.count_nonzero(postings.seqs[: postings.offsets[body]] == earlier.seq))
        old_plan, old_entry = entry_of(old, self.settings, earlier.arrived_s)
        common = np.intersect1d(entry.keys[:body], old_entry.keys[: old_plan.body])
        if recorded and earlier.article.id in recorded.candidates:
            return Standing("compared", under, rank_of)
        if min(old.own_words, case.fingerprint.own_words) < self.settings.min_body_words:
            return Standing("too_short", under, rank_of)
        if case.now_s - earlier.arrived_s > self.settings.retention_s:
            return Standing("past_retention", under, rank_of)
        if not self._in_window(case, earlier):
            return Standing("outside_window", under, rank_of)
        if not rank_of:
            if under:
                return Standing("shared_too_common", under, 0)
            return Standing("list_full" if len(common) else "no_shared_passage", 0, 0)
        compared = not recorded and earlier.seq in {stored.seq for stored in self._compared(case)}
        return Standing("compared" if compared else "others_closer", under, rank_of)

    def _compared(self, case: _Case) -> list[Stored]:
        """The earlier articles that were verified at an arrival, of those still here."""
        enough = case.fingerprint.own_words >= self.settings.min_body_words
        kept, _, stored = self._fetch([case], [self._body_candidates(case) if enough else []], [[]])
        return [stored[seq] for seq in kept[0]]

    def _versions(self, article_id: str, field: str) -> list[Stored]:
        """The versions of an item that are still here, newest first. Raises UnknownArticleError, of `field`."""
        head = latest(self.store, article_id, field)
        entry = entry_of(self._taken_apart(head), self.settings, head.arrived_s)[1]
        older = self._earlier_versions(entry, head.arrived_s, head.seq)
        stored = self.store.entries(older) if older else {}
        return [head, *(stored[seq] for seq in older if seq in stored)]

    def _swept_since(self, arrived_s: float) -> bool:
        """Whether a generation that answered at that time is gone, so that frequencies as of then are too small."""
        kept = self.store.generations()
        first = min(kept, default=0)
        return bool(kept) and kept[first] > 1 and first > generations_at(arrived_s, self.settings)[1]

    def _compare_stored(self, later: Stored, earlier: Stored) -> Verified | None:
        """Two articles compared as they were, or would have been, when the later one arrived; for its story."""
        case = self._cases.get(later.seq)
        if case is None:
            new = self._stored_fingerprint(later)
            plan, entry = entry_of(new, self.settings, later.arrived_s)
            case = _Case(new, plan, self.store.look([entry], now_s=later.arrived_s)[0], later.arrived_s)
            if later.seq < LAST:
                self._keep_case(later.seq, case)
        new, old = case.fingerprint, self._taken_apart(earlier)
        if not self._in_window(case, earlier):
            return None
        return self._judged(new, old, earlier, self._passage_use(case, [earlier]), self._decided(case))

    def _opening(self, stored: Stored) -> int:
        return opening_end(self._stored_fingerprint(stored))

    def _stored_fingerprint(self, stored: Stored) -> Fingerprint:
        """As `_taken_apart`; an article that is only looked up is not remembered."""
        return self._taken_apart(stored) if stored.seq < LAST else self.fingerprint(stored.article)

    def _versions_below(self, stored: Stored, before: int) -> Sequence[int]:
        """The seqs below `before` of an article's item, newest first."""
        entry = entry_of(self._taken_apart(stored), self.settings, stored.arrived_s)[1]
        return self._earlier_versions(entry, stored.arrived_s, before)

    def _earlier_versions(self, entry: Entry, arrived_s: float, before: int) -> list[int]:
        """The seqs below `before` of an entry's item, newest first; asked without its keys, so that no postings are read."""
        asked = replace(entry, keys=np.zeros(0, dtype=np.uint32), text_digest=bytes(8))
        return [seq for seq in self.store.look([asked], now_s=arrived_s)[0].earlier_versions if seq < before]

    def _keep_case(self, seq: int, case: _Case) -> None:
        self._cases[seq] = case
        if len(self._cases) > _FINGERPRINTS_KEPT:
            self._cases.popitem(last=False)

    @staticmethod
    def _bodies(new: Fingerprint, old: Fingerprint, copy: bool) -> Literal["related", "unrelated", "unknown"]:
        if not new.own_words or not old.own_words:
            return "unknown"
        return "related" if copy or new.segments.body.words == old.segments.body.words else "unrelated"

    def _model(self, article: Article) -> CopyModel:  # noqa: ARG002 - a measurement may judge each article by another
        return self.settings.model

    def _taken_apart(self, stored: Stored) -> Fingerprint:
        fingerprint = self._recent.pop(stored.seq, None)  # taken out and put back last: threads share this without a lock
        if fingerprint is None or fingerprint.article != stored.article:
            fingerprint = self.fingerprint(stored.article)
        self._keep(stored.seq, fingerprint)
        return fingerprint

    def _keep(self, seq: int, fingerprint: Fingerprint) -> None:
        self._recent[seq] = fingerprint
        if len(self._recent) > _FINGERPRINTS_KEPT:
            self._recent.popitem(last=False)

    def _previous(self, f: Fingerprint, a: Admitted, stored: Mapping[int, Stored]) -> Previous | None:
        if a.version == 1 or not a.earlier_versions:
            return None
        before = stored.get(a.earlier_versions[0])
        if before is None:
            return Previous(a.version - 1, True)
        old = self._taken_apart(before).segments
        changed = old.body.words != f.segments.body.words or old.headline.words != f.segments.headline.words
        return Previous(a.version - 1, changed)

    def _verdict(
        self,
        f: Fingerprint,
        verified: Sequence[Verified],
        headlines: Sequence[HeadlineCandidate],
        credits: Mapping[int, Credit | None],
        *,
        version: int,
        previous: Previous | None,
    ) -> Verdict:
        body = decide_body(f, verified, self.settings)
        headline = decide_headline(f, headlines)
        return Verdict(
            id=f.article.id,
            duplicate=body.verdict in self.settings.duplicate_when,
            repeated_headline=headline.verdict in ("repeated", "near"),
            body=body,
            headline=headline,
            story=f.article.id,
            settings=self._version,
            credit=f.segments.credit,
            match_credit=next(
                (credits[v.stored.seq] for v in verified if body.match and v.stored.article.id == body.match.id), None
            ),
            uncredited=_uncredited(f, body, verified, credits),
            version=version,
            previous=previous,
            candidates=tuple(v.stored.article.id for v in verified),
        )

    def _sightings(self, case: _Case, verdict: Verdict, verified: Sequence[Verified]) -> list[Sighting]:
        """What the registry of templates learns from a verdict: the wording shared in a frame, or pinned wording seen again."""
        f, a, body = case.fingerprint, case.admitted, verdict.body
        arrived_s, source = case.now_s, f.article.source
        if body.verdict == "template" and body.match:
            match = next(v.stored for v in verified if v.stored.article.id == body.match.id)
            keys = shared_keys(f, self._taken_apart(match))
            return [Sighting(a.seq, source, arrived_s, keys, match)] if len(keys) >= _FRAME_KEYS else []
        pinned = f.passage_keys[a.decided[: case.plan.passages] == PINNED] if len(a.decided) else f.passage_keys[:0]
        if verdict.duplicate or len(pinned) < _PINNED_SEEN:
            return []
        return [Sighting(a.seq, source, arrived_s, pinned, None)]

    def _decision(self, case: _Case, verdict: Verdict) -> Decision:
        article = case.fingerprint.article
        counted = article.published.astimezone(UTC) if article.published else datetime.fromtimestamp(case.now_s, UTC)
        return Decision(
            seq=case.admitted.seq,
            id=article.id,
            item=id_hash(article.id).hex(),
            version=verdict.version,
            source=article.source,
            section=article.section,
            day=counted.date().isoformat(),
            decided_s=case.now_s,
            published=article.published.isoformat() if article.published else None,
            body=verdict.body.verdict,
            headline=verdict.headline.verdict,
            duplicate=verdict.duplicate,
            repeated_headline=verdict.repeated_headline,
            match_id=verdict.body.match.id if verdict.body.match else "",
            match_source=verdict.body.match.source if verdict.body.match else "",
            headline_match_id=verdict.headline.match.id if verdict.headline.match else "",
            story=verdict.story,
            rule=verdict.body.rule,
            settings=verdict.settings,
        )


def _ruled(verified: Verified) -> bool:
    """Whether `judge` calls the pair a copy, or none, whatever the model says."""
    v, models = verified, (CopyModel(30.0, ()), CopyModel(-30.0, ()))
    always, never = (judge(v.stored, v.comparison, model, v.wording).is_copy for model in models)
    return always == never


def _uncredited(
    new: Fingerprint, body: BodyVerdict, verified: Sequence[Verified], credits: Mapping[int, Credit | None]
) -> Uncredited | None:
    """What the text's copies credit and it does not: the match first, then the other copies by arrival."""
    if body.match is None or body.verdict not in ("repeat", "copy", "partial", "update"):
        return None
    named = {body.match.id, *(match.id for match in body.also)}
    copies = [v.stored for v in verified if v.is_copy or v.stored.article.id in named]
    copies.sort(key=lambda stored: (stored.article.id != body.match.id if body.match else False, stored.seq))
    return uncredited(new.segments.body, new.segments.credit, [(s.article.id, credits[s.seq]) for s in copies])


def _days_between(new: Article, old: Article) -> float:
    """How many days the new article was published after the old one; 0 where one does not say when."""
    if new.published is None or old.published is None:
        return 0.0
    return (new.published - old.published).total_seconds() / DAY_S


def _use_of_two(new: Fingerprint, old: Fingerprint) -> PassageUse:
    """The use of passages if `old` were the only article before `new`."""
    there = np.isin(new.passage_keys, old.passage_keys)
    offsets = np.append(np.int32(0), np.cumsum(there, dtype=np.int32))
    postings = Postings(
        offsets, np.ones(offsets[-1], dtype=np.uint32), np.full(offsets[-1], source_byte(old.article), dtype=np.uint8)
    )
    return passage_use(postings, len(new.passage_keys), source_byte(new.article), {1: _days_between(new.article, old.article)})
