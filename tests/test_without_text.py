"""Weights without the text write on as they would if the window showed nothing."""

from __future__ import annotations

import numpy as np
from random_weights import random_weights

from recipe.without_text import without_text
from scribe.ink import Ink
from scribe.network import Seen
from scribe.writer import Writer


def test_it_expects_what_a_window_that_shows_nothing_lets_it_expect(monkeypatch):
    weights = random_weights(window=2)
    less = without_text(weights)
    rng = np.random.default_rng(0)
    ink = Ink(np.concatenate([rng.normal(size=(20, 2)), rng.random((20, 1)) < 0.2], axis=1).astype(np.float32))
    alone = Writer(less).follow(ink, None)
    blind = Writer(weights)

    def attend(kernel, bias, h, kappa, given):
        nothing = Seen(np.zeros(given.codes.shape, np.float32), 0)
        return kappa, np.zeros((len(h), weights.alphabet.size), np.float32), nothing

    monkeypatch.setattr(blind._session.network, "_attend", attend)
    for one, other in zip(alone.mixture, blind.follow(ink, "ab").mixture, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert less.size == weights.size - 3 * 4 * 12 * weights.alphabet.size - 12 * 6 - 6
    assert less.name == "random-without-text"
