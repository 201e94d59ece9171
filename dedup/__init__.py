"""Mukarrar's core: has this Arabic text been published before? Pure but for `dedup.store`."""

from dedup.bulk import Signed, sign_texts
from dedup.deduplicator import Deduplicator
from dedup.errors import DedupError
from dedup.records import Article, Verdict
from dedup.settings import Settings

__all__ = ["Article", "DedupError", "Deduplicator", "Settings", "Signed", "Verdict", "sign_texts"]
