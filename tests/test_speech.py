"""The voice by rule: from letters to sounds, to tracks, to a wave whose resonances are where they should be."""

import io
import wave

import numpy as np
import pytest

from scribe.corpora.speech import RATE, SOUNDS, SPELLING, TRACKS, resonate, sounds_of, speak, tracks_of, wav_bytes


def test_pairs_of_letters_come_first_and_doubled_letters_sound_once():
    assert sounds_of("moon") == ["m", "u:", "n"]
    assert sounds_of("shed") == ["sh", "e", "d"]
    assert sounds_of("mess") == ["m", "e", "s"]
    assert sounds_of("rabbit") == ["r", "a", "b", "i", "t"]
    assert set(SPELLING.values()) <= set(SOUNDS)


@pytest.mark.parametrize("text", ["quiz", "Moon", "a b"])
def test_letters_without_a_rule_are_named(text):
    with pytest.raises(ValueError, match="no rule for"):
        sounds_of(text)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="no text"):
        tracks_of("")
    for tracks in (np.zeros((4, 3)), np.zeros((0, 7)), np.full((4, 7), np.nan)):
        with pytest.raises(ValueError, match="rows of 7 finite numbers"):
            speak(tracks)


def test_tracks_reach_the_targets_of_a_long_sound_and_move_smoothly():
    tracks = tracks_of("moon")
    assert tracks.shape[1] == len(TRACKS)
    middle = tracks[3 + 10 + 8]  # silence, the m, half of the vowel
    assert np.allclose(middle[3:6], SOUNDS["u:"][0][3:6], atol=0.03)
    steps = np.abs(np.diff(tracks[:, 3:6], axis=0)).max()
    assert steps < 0.3  # kHz in 10 ms; the targets themselves jump by up to 0.8
    one, other = (tracks_of("moon", np.random.default_rng(seed)) for seed in (1, 2))
    assert one.shape != other.shape or not np.allclose(one, other)


def test_a_resonance_rings_at_its_frequency_and_passes_a_constant():
    pulse = np.zeros(RATE)
    pulse[0] = 1
    for frequency in (300.0, 1200.0, 2700.0):
        answer = np.abs(np.fft.rfft(resonate(pulse, np.full(RATE, frequency), 80.0)))
        assert abs(answer.argmax() - frequency) < 5  # one bin per Hz
        assert np.isclose(answer[0], 1)


@pytest.mark.parametrize("sound", ["i:", "a", "o", "u:"])
def test_formants_are_where_the_tracks_say(sound):
    """The strongest low harmonic stands beside the first formant."""
    target = SOUNDS[sound][0]
    tracks = np.tile(np.r_[0.0, target[1:]], (60, 1))
    spectrum = np.abs(np.fft.rfft(speak(tracks)[1600:] * np.hanning(8000)))
    hertz = np.fft.rfftfreq(8000, 1 / RATE)
    low = (hertz > 150) & (hertz < 1000)
    assert abs(hertz[low][spectrum[low].argmax()] - 1000 * target[3]) < 110  # harmonics are 100 Hz apart


def test_pitch_is_what_the_tracks_say():
    tracks = np.tile(np.r_[0.5, SOUNDS["a"][0][1:]], (60, 1))
    sound = speak(tracks)[1600:]
    lags = np.correlate(sound, sound[:4000], "valid")
    period = 60 + lags[60:300].argmax()
    assert abs(RATE / period - 100 * 2**0.5) < 3


def test_silence_is_silent_and_waves_become_wav():
    quiet = np.tile(np.r_[0.0, 0.0, 0.0, SOUNDS["a"][0][3:]], (10, 1))
    assert np.abs(speak(quiet)).max() == 0
    loud = speak(tracks_of("sun"))
    assert 0.1 < np.abs(loud).max() <= 1
    with wave.open(io.BytesIO(wav_bytes(loud))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, len(loud))
