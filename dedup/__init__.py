"""Mukarrar's core: has this Arabic text been published before? Pure but for `dedup.store`."""

from dedup.bulk import Signed, sign_texts
from dedup.deduplicator import Deduplicator
from dedup.errors import DedupError
from dedup.records import Article, Verdict
from dedup.settings import Settings
from dedup.sign import estimate_jaccard, low_bytes

__all__ = [
    "Article",
    "DedupError",
    "Deduplicator",
    "Settings",
    "Signed",
    "Verdict",
    "estimate_jaccard",
    "low_bytes",
    "sign_texts",
]
