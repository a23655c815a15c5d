"""A small voice that speaks by rule: from letters to sounds, from sounds to tracks, from tracks to a wave.

The tracks take the place of ink in chapter 14: rows of numbers in time, with a text beside them. What turns tracks
into sound is a source with a filter behind it, after Klatt (1980), "Software for a cascade/parallel formant
synthesizer": pulses or noise, through resonances of the mouth. The formants of the vowels are those that Peterson and
Barney measured on men in 1952; those of the consonants are rounded values from textbooks.

English spelling has more exceptions than rules. The rules here know one sound for each letter and five for pairs
(:data:`SPELLING`), so they speak *moon* and *ship* rightly, and *one* as it is spelled.
"""

from __future__ import annotations

import io
import wave

import numpy as np

__all__ = ["RATE", "SOUNDS", "SPELLING", "TRACKS", "resonate", "sounds_of", "speak", "tracks_of", "wav_bytes"]

RATE = 16_000
"""Samples per second of a wave."""

FRAME = 160
"""Samples per frame of the tracks: there are a hundred frames per second."""

TRACKS = ("pitch", "voice", "noise", "F1", "F2", "F3", "hiss")
"""What a frame says: octaves above 100 Hz; how loud voice and noise are (0 to 1); three formants of the voice, and the
centre of the noise, in kHz."""

SPELLING = {"ee": "i:", "oo": "u:", "ai": "ei", "oa": "ou", "sh": "sh"}
SPELLING |= {letter: letter for letter in "abdefgiklmnoprstuw"}

# Frames, voice, noise, F1, F2, F3, hiss; a sound may have several parts.
SOUNDS: dict[str, list[tuple[float, ...]]] = {
    "i:": [(17, 0.9, 0, 0.27, 2.29, 3.01, 3.0)],
    "i": [(12, 0.9, 0, 0.39, 1.99, 2.55, 3.0)],
    "e": [(13, 0.95, 0, 0.53, 1.84, 2.48, 3.0)],
    "a": [(16, 1.0, 0, 0.66, 1.72, 2.41, 3.0)],
    "u": [(12, 1.0, 0, 0.64, 1.19, 2.39, 3.0)],
    "o": [(16, 1.0, 0, 0.73, 1.09, 2.44, 3.0)],
    "u:": [(17, 0.9, 0, 0.30, 0.87, 2.24, 3.0)],
    "ei": [(9, 0.95, 0, 0.50, 1.90, 2.50, 3.0), (9, 0.85, 0, 0.33, 2.20, 2.75, 3.0)],
    "ou": [(9, 0.95, 0, 0.54, 1.05, 2.35, 3.0), (9, 0.85, 0, 0.36, 0.82, 2.30, 3.0)],
    "l": [(8, 0.7, 0, 0.36, 1.05, 2.80, 3.0)],
    "r": [(8, 0.7, 0, 0.38, 1.15, 1.55, 3.0)],
    "w": [(8, 0.65, 0, 0.30, 0.65, 2.20, 3.0)],
    "m": [(10, 0.7, 0, 0.25, 1.00, 2.20, 3.0)],
    "n": [(10, 0.7, 0, 0.25, 1.55, 2.60, 3.0)],
    "s": [(12, 0, 0.7, 0.35, 1.60, 2.60, 5.6)],
    "sh": [(13, 0, 0.9, 0.35, 1.80, 2.50, 2.9)],
    "f": [(11, 0, 0.5, 0.32, 0.95, 2.20, 4.5)],
    "b": [(6, 0.25, 0, 0.20, 0.80, 2.15, 1.0), (1, 0.4, 0.6, 0.25, 0.85, 2.15, 1.0)],
    "d": [(6, 0.25, 0, 0.20, 1.70, 2.65, 3.8), (1, 0.4, 0.55, 0.25, 1.75, 2.65, 3.8)],
    "g": [(6, 0.25, 0, 0.20, 1.90, 2.30, 2.0), (2, 0.4, 0.75, 0.25, 1.95, 2.30, 2.0)],
    "p": [(7, 0, 0, 0.25, 0.80, 2.15, 1.2), (1, 0, 0.8, 0.3, 0.85, 2.2, 1.2), (4, 0, 0.6, 0.4, 1.0, 2.3, 1.5)],
    "t": [(7, 0, 0, 0.25, 1.70, 2.65, 4.2), (2, 0, 0.7, 0.3, 1.75, 2.65, 4.2), (3, 0, 0.5, 0.4, 1.7, 2.6, 3.0)],
    "k": [(7, 0, 0, 0.25, 1.90, 2.30, 2.0), (2, 0, 0.9, 0.3, 1.90, 2.35, 2.0), (4, 0, 0.6, 0.4, 1.8, 2.4, 1.9)],
}


def sounds_of(text: str) -> list[str]:
    """The sounds of a word, letter by letter; pairs of letters that make one sound come first, doubled letters once.

    Raises:
        ValueError: if a letter has no rule.
    """
    sounds, place = [], 0
    while place < len(text):
        pair = text[place : place + 2]
        letters = pair if pair in SPELLING else text[place]
        if letters not in SPELLING:
            raise ValueError(
                f"there is no rule for {letters!r} in {text!r}; the rules know {''.join(sorted(SPELLING))}"
            )
        doubled = len(pair) == 2 and pair[0] == pair[1] and pair not in SPELLING
        sounds.append(SPELLING[letters])
        place += 2 if doubled else len(letters)
    return sounds


def tracks_of(text: str, rng: np.random.Generator | None = None) -> np.ndarray:
    """The tracks of a word, ``(T, 7)`` float32: see :data:`TRACKS`.

    Each sound has its target. The mouth doesn't jump, so the targets are smoothed: formants over 90 ms, loudness over
    30 ms. ``rng`` gives each speaking its own pace, pitch, length of vocal tract and durations; without it the word is
    spoken evenly.

    Raises:
        ValueError: if a letter has no rule, or there is none.
    """
    if not text:
        raise ValueError("there is no text to speak")
    pace, octave, tract = (
        (rng.uniform(0.85, 1.15), rng.normal(0.15, 0.12), rng.normal(1, 0.02)) if rng else (1, 0.15, 1)
    )
    rows: list[tuple[float, ...]] = []
    for sound in sounds_of(text):
        for frames, *target in SOUNDS[sound]:
            stretched = frames * pace * (rng.uniform(0.9, 1.1) if rng else 1)
            rows += [tuple(target)] * max(1, round(stretched))
    targets = np.array(rows)
    silence = [np.r_[0.0, 0.0, row[2:]] for row in (targets[0], targets[-1])]
    targets = np.stack([silence[0]] * 3 + list(targets) + [silence[1]] * 5)
    levels, places = smooth(targets[:, :2], 3), smooth(targets[:, 2:], 9)
    places[:, :3] *= tract
    fall = octave + 0.2 - 0.4 * np.linspace(0, 1, len(targets))
    return np.column_stack([fall, levels, places]).astype(np.float32)


def smooth(rows: np.ndarray, width: int) -> np.ndarray:
    """A weighted mean over ``width`` rows (a Hann window); the ends are held."""
    window = np.hanning(width + 2)[1:-1]
    held = np.pad(rows, ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window / window.sum(), "valid") for column in held.T], axis=1)


def resonate(wave_in: np.ndarray, frequency: np.ndarray, bandwidth: float, rate: int = RATE) -> np.ndarray:
    """A resonance of second order, ``y[n] = a x[n] + b y[n-1] + c y[n-2]`` (Klatt 1980, eq. 1).

    Args:
        wave_in: ``(n,)``.
        frequency: ``(n,)``, where the resonance is at each sample, Hz.
        bandwidth: Hz.

    Returns:
        ``(n,)``; a constant passes through unchanged, because ``a = 1 - b - c``.
    """
    c = -np.exp(-2 * np.pi * bandwidth / rate)
    b = 2 * np.exp(-np.pi * bandwidth / rate) * np.cos(2 * np.pi * frequency / rate)
    driven = (1 - b - c) * wave_in
    out, before, earlier = [], 0.0, 0.0
    for x, turn in zip(driven.tolist(), b.tolist(), strict=True):
        before, earlier = x + turn * before + c * earlier, before
        out.append(before)
    return np.array(out)


def speak(tracks: np.ndarray, seed: int = 0) -> np.ndarray:
    """The wave of some tracks ``(T, 7)``: ``(160 T,)`` float64 between -1 and 1, :data:`RATE` samples per second.

    Raises:
        ValueError: if the tracks aren't ``(T, 7)`` or not finite.
    """
    tracks = np.asarray(tracks, np.float64)
    if tracks.ndim != 2 or tracks.shape[1] != len(TRACKS) or not len(tracks) or not np.isfinite(tracks).all():
        raise ValueError(f"tracks are rows of {len(TRACKS)} finite numbers, not {tracks.shape}")
    times = np.arange(len(tracks) * FRAME) / FRAME
    pitch, voice, noise, *places = (np.interp(times, np.arange(len(tracks)) + 0.5, column) for column in tracks.T)
    f1, f2, f3, hiss = (np.clip(1000 * place, 100, 7500) for place in places)
    loud, breath = (np.clip(level, 0, 1) ** 2 for level in (voice, noise))
    phase = np.cumsum(100 * 2 ** np.clip(pitch, -1, 2) / RATE) % 1.0
    # The glottis opens for 40 % of a period, closes within 20 % (Rosenberg 1971), and what radiates is the change.
    flow = np.where(phase < 0.4, 0.5 - 0.5 * np.cos(np.pi * phase / 0.4), np.cos(np.pi / 2 * (phase - 0.4) / 0.2))
    source = loud * np.diff(np.where(phase < 0.6, flow, 0), prepend=0.0)
    for place, bandwidth in (
        (f1, 70),
        (f2, 90),
        (f3, 140),
        (np.full_like(f1, 3500), 220),
        (np.full_like(f1, 4500), 280),
    ):
        source = resonate(source, place, bandwidth)
    white = breath * np.random.default_rng(seed).normal(size=len(times))
    hissed = np.diff(resonate(white, hiss, 900.0), prepend=0.0)
    total = 14 * source + 0.15 * hissed
    return np.clip(0.5 * total, -1, 1)


def wav_bytes(wave_out: np.ndarray, rate: int = RATE) -> bytes:
    """A wave between -1 and 1 as a WAV file, one channel, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((32767 * np.clip(wave_out, -1, 1)).astype("<i2").tobytes())
    return file.getvalue()
