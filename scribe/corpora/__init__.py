"""Handwriting to learn from: the container, and readers that fill it."""

from scribe.corpora.corpus import Corpus, CorpusError, Sample

__all__ = ["Corpus", "CorpusError", "Sample"]
