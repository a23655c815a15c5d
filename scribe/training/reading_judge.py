"""A judge of legibility without a stake: it reads as the reader does, by another network, and has no part in anything.

It never chooses, proofreads, filters or stops: it only measures what the reader has chosen. Where the reader recurs, it
convolves, and it learns from another seed. It has the reader's frames, corpus and loss, so the two can share a mistake
that comes from these, but not one that comes from the reader's weights.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from scribe.alphabet import Alphabet
from scribe.corpora.corpus import Corpus
from scribe.ink import Ink
from scribe.reader import ReaderArchitecture, frames, most_probable_path
from scribe.training.hand_judge import load_judge, save_judge
from scribe.training.loop import Progress
from scribe.training.reader import ReaderSettings, Reading
from scribe.training.reader_batches import LENGTHS, framed
from scribe.training.reader_network import CTCLoss
from scribe.training.state import TrainingState, checkpoint_of
from scribe.training.task import compiled, run

__all__ = ["JudgeReading", "JudgeReadingSettings", "ReadingJudge", "ReadingJudgeNetwork", "teach_reading_judge"]

FORMAT = "scribe-reading-judge/1"
REACH = 2
"""Neighbours on each side that a convolution sees."""
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
"""Of the convolutions, one after the other: a frame sees 60 frames on each side, some ten characters."""


@dataclass(frozen=True)
class JudgeReadingSettings(ReaderSettings):
    """As :class:`~scribe.training.reader.ReaderSettings`; ``units`` are those of a convolution, ``layers`` its blocks.

    ``dropout`` is that of each block's output.
    """

    units: int = 160
    layers: int = len(DILATIONS)
    learning_rate: float = 2e-3
    seed: int = 7


@keras.saving.register_keras_serializable(package="scribe")
class ReadingJudgeNetwork(keras.Model):
    """Residual blocks of dilated convolutions over frames, then for each frame a logit for every code.

    Inputs: a dictionary of ``frames`` ``(B, T, features)`` and ``mask`` ``(B, T)``. Output: ``(B, T, codes)``.

    Args:
        units: of each convolution.
        blocks: how many there are; their dilations are :data:`DILATIONS`, again and again.
        features: numbers per frame.
        codes: size of the alphabet; the last is the blank.
        dropout: the share of a block's outputs that are left out in training.
    """

    def __init__(self, units: int, blocks: int, features: int, codes: int, dropout: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.settings = {"units": units, "blocks": blocks, "features": features, "codes": codes}
        self.first = layers.Dense(units)
        self.norms = [layers.LayerNormalization() for _ in range(blocks)]
        self.convolutions = [layers.Dense(units, activation="gelu") for _ in range(blocks)]
        self.dropout = layers.Dropout(dropout)
        self.output_layer = layers.Dense(codes)

    def build(self, input_shape=None) -> None:
        units = self.settings["units"]
        self.first.build((None, None, self.settings["features"]))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            norm.build((None, None, units))
            convolution.build((None, None, (2 * REACH + 1) * units))
        self.output_layer.build((None, None, units))
        self.built = True

    def call(self, inputs, training: bool = False):
        mask = inputs["mask"][:, :, None]
        x = self.first(inputs["frames"])
        for number, (norm, convolution) in enumerate(zip(self.norms, self.convolutions, strict=True)):
            seen = neighbours(norm(x) * mask, DILATIONS[number % len(DILATIONS)])
            x = x + self.dropout(convolution(seen), training=training)
        return self.output_layer(x)

    def tensors(self) -> dict[str, keras.Variable]:
        """The variables by the names that they have in a file."""
        named: dict[str, keras.Variable] = {}
        for name, dense in (("first", self.first), ("output", self.output_layer)):
            named |= {f"{name}.kernel": dense.kernel, f"{name}.bias": dense.bias}
        for number, (norm, convolution) in enumerate(zip(self.norms, self.convolutions, strict=True), 1):
            named |= {f"norm{number}.gamma": norm.gamma, f"norm{number}.beta": norm.beta}
            named |= {f"convolution{number}.kernel": convolution.kernel, f"convolution{number}.bias": convolution.bias}
        return named

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}


def neighbours(x, dilation: int):
    """What lies ``dilation`` frames apart around each frame, side by side: ``(B, T, C)`` to ``(B, T, 5 C)``.

    A product with it is a convolution of width 5; a compiler for CPUs is faster with it than with a convolution.
    """
    reach = REACH * dilation
    padded = ops.pad(x, [[0, 0], [reach, reach], [0, 0]])
    length = ops.shape(x)[1]
    return ops.concatenate([padded[:, k * dilation : k * dilation + length] for k in range(2 * REACH + 1)], axis=-1)


class JudgeReading(Reading):
    """The task of a reader that only judges: the reader's batches, validation and loss, and another network."""

    kind = "judge reading"
    settings = JudgeReadingSettings

    def build(self, state: TrainingState) -> Any:
        """The network with its optimizer and loss, with fresh weights from the seed."""
        settings = state.settings
        keras.utils.set_random_seed(settings.seed)
        features = ReaderArchitecture(1, 1, settings.moves).features
        size = Alphabet(settings.alphabet).size
        network = ReadingJudgeNetwork(settings.units, settings.layers, features, size, settings.dropout)
        return compiled(network, CTCLoss(), settings, jit=settings.jit)

    def batches(self, corpus: Corpus, training: Corpus, state: TrainingState) -> Any:
        """The reader's; dropout is the network's own affair."""
        plain = dataclasses.replace(state, settings=dataclasses.replace(state.settings, dropout=0.0))
        return super().batches(corpus, training, plain)


class ReadingJudge:
    """A judge that has learned. Its file is a safetensors file with the sizes of its network and its units.

    Args:
        network: built.
        alphabet: that its codes are of.
        scale: what moves with the pen down are divided by, body heights.
        moves: of the pen in a frame.
    """

    def __init__(self, network: ReadingJudgeNetwork, alphabet: Alphabet, scale: float, moves: int) -> None:
        self.network, self.alphabet, self.scale, self.moves = network, alphabet, scale, moves

    def read_many(self, inks: Sequence[Ink]) -> list[str]:
        """What each line says; a line without ink says nothing."""
        texts = [""] * len(inks)
        features = [frames(ink.offsets, self.scale, self.moves).features if len(ink) else None for ink in inks]
        by_length: dict[int, list[int]] = {}
        for i, line in enumerate(features):
            if line is not None:
                longest = -(-len(line) // LENGTHS[-1]) * LENGTHS[-1]
                length = next((length for length in LENGTHS if length >= len(line)), longest)
                by_length.setdefault(length, []).append(i)
        for length, numbers in by_length.items():
            for start in range(0, len(numbers), 32):
                chosen = numbers[start : start + 32]
                lines = [line for i in chosen if (line := features[i]) is not None]
                inputs, _ = framed(lines, [np.zeros(0, np.int32)] * len(lines), len(lines), length)
                for i, line, logits in zip(chosen, lines, np.asarray(self.network(inputs)), strict=True):
                    texts[i] = self.alphabet.decode(most_probable_path(logits[: len(line)]))
        return texts

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the judge to one file."""
        metadata = {
            "format": FORMAT,
            "sizes": json.dumps(self.network.settings),
            "alphabet": self.alphabet.characters,
            "offset_scale": repr(self.scale),
            "moves": str(self.moves),
        }
        save_judge(path, self.network, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ReadingJudge:
        """Read a judge from its file.

        Raises:
            FileNotFoundError: if there's no such file.
            WeightsError: if it holds no judge of this version.
        """
        entries = {"alphabet": Alphabet, "offset_scale": float, "moves": int}
        network, said = load_judge(path, FORMAT, "judge that reads", ReadingJudgeNetwork, entries)
        return cls(network, said["alphabet"], said["offset_scale"], said["moves"])


def teach_reading_judge(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: JudgeReadingSettings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
) -> ReadingJudge:
    """Teach a judge from a corpus; its training can be stopped and resumed like any: :func:`scribe.training.task.run`.

    Args:
        corpus: with training writers, and validation writers to see how it does.
        folder: for the checkpoint and the log.
        settings: of the run.
        resume: go on from the checkpoint in ``folder``.
        report: called after every update.
    """
    network = run(JudgeReading(), corpus, folder, settings, resume=resume, report=report)
    state = TrainingState.read(checkpoint_of(folder), {JudgeReading.kind: JudgeReadingSettings})
    return ReadingJudge(network, state.alphabet, state.offset_scale, state.settings.moves)
