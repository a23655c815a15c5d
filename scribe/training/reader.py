"""Teaching the reader: ink and what it says in, nats a character and character errors out."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from scribe.alphabet import ASCII, Alphabet
from scribe.corpora.corpus import Corpus
from scribe.reader import (
    ReaderArchitecture,
    ReaderWeights,
    character_error_rate,
    frames,
    most_probable_path,
)
from scribe.training import checkpoint
from scribe.training.batches import offset_scale
from scribe.training.loop import CHECKPOINT, Progress, TrainingError, fresh_state, run_updates, settled, write_json
from scribe.training.optimizer import SafeAdam, WarmupHoldDecay
from scribe.training.reader_batches import LENGTHS, ReaderBatches, framed
from scribe.training.reader_network import CTCLoss, ReaderNetwork
from scribe.training.usable import tell_left_out, usable_samples

__all__ = ["ReaderSettings", "export_reader", "is_reader", "reader_weights", "train_reader"]


@dataclass(frozen=True)
class ReaderSettings:
    """All that shapes a reader's training. ``updates`` and ``decay`` may be changed when it is resumed.

    ``jit`` compiles an update for each of the few shapes of batches: it costs a quarter of a minute a shape, and an
    update takes half as long.
    """

    units: int = 128
    layers: int = 2
    moves: int = 3
    dropout: float = 0.1
    updates: int = 12_000
    learning_rate: float = 3e-3
    warmup: int = 100
    decay: int = 2_000
    clip_norm: float = 5.0
    averaging: float = 0.998
    batch_frames: int = 4_096
    curriculum: int = 300
    rarity: float = 0.5
    seed: int = 0
    validate_every: int = 250
    checkpoint_every: int = 50
    patience: int = 20
    jit: bool = True
    alphabet: str = ASCII.characters


def build(settings: ReaderSettings) -> ReaderNetwork:
    """The network and its optimizer, compiled and built, with fresh weights from the seed."""
    keras.utils.set_random_seed(settings.seed)
    features = ReaderArchitecture(settings.units, settings.layers, settings.moves).features
    network = ReaderNetwork(settings.units, settings.layers, features, Alphabet(settings.alphabet).size)
    schedule = WarmupHoldDecay(settings.learning_rate, settings.warmup, settings.updates, settings.decay)
    optimizer = SafeAdam(schedule, global_clipnorm=settings.clip_norm, use_ema=True, ema_momentum=settings.averaging)
    network.compile(optimizer, CTCLoss(), jit_compile=settings.jit)
    network.build()
    optimizer.build(network.trainable_variables)
    return network


def held_out_batches(
    corpus: Corpus, scale: float, moves: int, lines: int, batch: int = 32, *, alphabet: Alphabet = ASCII
) -> list[tuple[dict, list[str]]]:
    """A fixed choice of held-out lines, as they are, and their texts; those with other characters are left out."""
    chosen = corpus.split("validation").of_kind("line")
    usable, _ = usable_samples(chosen, alphabet, shortest=1)
    fit = np.random.default_rng(0).permutation(np.flatnonzero(usable))[:lines]
    fit = sorted(fit, key=lambda i: chosen.lengths[i])
    batches = []
    for start in range(0, len(fit), batch):
        samples = [chosen[int(i)] for i in fit[start : start + batch]]
        features = [frames(sample.ink.offsets, scale, moves).features for sample in samples]
        length = next((length for length in LENGTHS if length >= max(map(len, features))), max(map(len, features)))
        inputs, _ = framed(features, [np.zeros(0, np.int32)] * len(samples), batch, length)
        batches.append((inputs, [sample.text for sample in samples]))
    return batches


def error_rate(network: ReaderNetwork, batches: list[tuple[dict, list[str]]], alphabet: Alphabet = ASCII) -> float:
    """The character error rate of the most probable paths."""
    pairs = []
    for inputs, texts in batches:
        logits = network.predict_on_batch(inputs)
        for line, mask, text in zip(logits, inputs["mask"], texts, strict=False):
            pairs.append((alphabet.decode(most_probable_path(line[: int(mask.sum())])), text))
    return character_error_rate(pairs)


def drawn_step(corpus: Corpus) -> float:
    """The mean length of a move with the pen down, body heights."""
    length = moves = 0
    for _, offsets, starts in corpus.blocks():
        drawn = np.append(True, offsets[:-1, 2] == 0)
        drawn[starts[:-1]] = False
        length += np.hypot(*offsets[drawn, :2].T).sum(dtype=np.float64)
        moves += drawn.sum()
    return float(length / moves)


def train_reader(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    settings: ReaderSettings | None = None,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_validation: Callable[[ReaderNetwork, int], None] = lambda network, update: None,
    tell: Callable[[str], None] = warnings.warn,
) -> ReaderNetwork:
    """Teach a reader from a corpus. Returns it with the averaged weights.

    All is as in :func:`scribe.training.train.train`, but that ``nats`` are nats a character, and the validation gives
    a character error rate.
    """
    folder = Path(folder)
    settings = settled(ReaderSettings, settings, folder / CHECKPOINT, resume)
    training = corpus.split("train")
    if not len(training):
        raise TrainingError("the corpus has no training writers")
    units = {
        "offset_scale": offset_scale(training),
        "step": drawn_step(training),
        "points_per_character": len(training.offsets) / max(sum(map(len, training.texts)), 1),
    }
    network = build(settings)
    state = units | (checkpoint.load(folder / CHECKPOINT, network) if resume else fresh_state())
    state |= {"settings": dataclasses.asdict(settings), "corpus": corpus.summary()}
    alphabet = Alphabet(settings.alphabet)
    batches = ReaderBatches(
        training,
        alphabet,
        state["offset_scale"],
        moves=settings.moves,
        frames=settings.batch_frames,
        kept=(settings.layers, 2 * settings.units),
        dropout=settings.dropout,
        rarity=settings.rarity,
        seed=settings.seed,
    )
    tell_left_out(corpus, batches.left_out, alphabet, tell)
    held_out = held_out_batches(corpus, state["offset_scale"], settings.moves, 160, alphabet=alphabet)
    validate = (lambda network: error_rate(network, held_out, alphabet)) if held_out else None
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "settings.json", {k: state[k] for k in ("settings", "offset_scale", "step", "corpus")})
    run_updates(
        network, batches, folder, settings, state, validate=validate, report=report, on_validation=on_validation
    )
    return network


def _file(path: Path) -> Path:
    """The checkpoint: a file, or in the folder of a training."""
    return Path(path) / CHECKPOINT if Path(path).is_dir() else Path(path)


def is_reader(path: Path) -> bool:
    """Whether a checkpoint is that of a reader."""
    return "step" in checkpoint.read_state(_file(path))


def export_reader(path: Path, *, name: str = "", average: bool = True) -> ReaderWeights:
    """The weights of a reader's checkpoint, with where they come from.

    Args:
        path: ``checkpoint.safetensors``, or the folder of the training.
        name: of the weights.
        average: take the running averages, which read better than the weights of the last update.

    Raises:
        CheckpointError: if the file is not a checkpoint of a reader.
    """
    if not is_reader(path):
        raise checkpoint.CheckpointError(f"{path} is not the checkpoint of a reader")
    path = _file(path)
    state = checkpoint.read_state(path)
    network = build(ReaderSettings(**state["settings"]))
    checkpoint.load(path, network)
    if average and state["update"]:
        network.optimizer.finalize_variable_values(network.trainable_variables)
    return reader_weights(network, state, name=name, averaged=average)


def reader_weights(network: ReaderNetwork, state: dict, *, name: str = "", averaged: bool = True) -> ReaderWeights:
    """The weights of a network as it stands, and what a checkpoint's ``state`` tells about them."""
    arrays = {}
    for number, pair in enumerate(zip(network.ahead, network.behind, strict=True), 1):
        for direction, lstm in zip(("forward", "backward"), pair, strict=True):
            for part in ("kernel", "recurrent", "bias"):
                arrays[f"lstm{number}.{direction}.{part}"] = ops.convert_to_numpy(getattr(lstm, part))
    arrays["output.kernel"] = ops.convert_to_numpy(network.output_layer.kernel)
    arrays["output.bias"] = ops.convert_to_numpy(network.output_layer.bias)
    corpus, settings = state["corpus"], state["settings"]
    return ReaderWeights(
        arrays,
        ReaderArchitecture(settings["units"], settings["layers"], settings["moves"]),
        Alphabet(ReaderSettings(**settings).alphabet),
        offset_scale=state["offset_scale"],
        step=state["step"],
        points_per_character=state["points_per_character"],
        name=name,
        licence=f"MIT. Trained on {corpus.get('name', 'a corpus')} ({corpus.get('licence', 'licence not stated')})",
        attribution=str(corpus.get("attribution", "")),
        provenance={
            "corpus": corpus,
            "settings": settings,
            "updates": state["update"],
            "minutes": round(state["seconds"] / 60, 1),
            "averaged": averaged,
        },
    )
