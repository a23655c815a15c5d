"""The reader as a Keras model, and its loss: the arithmetic of :mod:`scribe.reader` over whole batches."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from scribe.alphabet import ASCII, Alphabet
from scribe.reader import ReaderWeights
from scribe.training.layers import Recurrent
from scribe.training.network import in_parts
from scribe.training.recurrence import scan, unroll
from scribe.weights import WeightsError

__all__ = ["CTCLoss", "ReaderNetwork", "ctc_nats"]


@keras.saving.register_keras_serializable(package="scribe")
class BackwardLSTM(Recurrent):
    """An LSTM from the last frame to the first.

    The whole batch is turned round, so that the padding comes first; there all gates are shut, and the state is still
    zero where a line's last frame comes.
    """

    def call(self, inputs, mask, training: bool = False):  # type: ignore[override]  # it has padding too
        projected = ops.matmul(inputs, self.sampled(self.kernel, training)) + self.sampled(self.bias, training)
        projected = ops.flip(projected - 40 * (1 - mask), axis=0)
        return ops.flip(unroll("lstm", projected, self.sampled(self.recurrent, training)), axis=0)


class BidirectionalNetwork(keras.Model):
    """LSTM layers in both directions and a dense layer: what the reader and the reader of hands have in common.

    Args:
        units: of each LSTM in each direction.
        layers: how many.
        features: numbers per frame.
        seen: numbers that the dense layer sees.
        outputs: numbers that it makes.
    """

    def __init__(self, units: int, layers: int, features: int, seen: int, outputs: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.units, self.features, self.seen = units, features, seen
        self.ahead = [Recurrent(units, name=f"lstm{number}_forward") for number in range(1, layers + 1)]
        self.behind = [BackwardLSTM(units, name=f"lstm{number}_backward") for number in range(1, layers + 1)]
        self.output_layer = keras.layers.Dense(outputs, name="output")

    def build(self, input_shape=None) -> None:
        inputs = self.features
        for ahead, behind in zip(self.ahead, self.behind, strict=True):
            ahead.build((None, None, inputs))
            behind.build((None, None, inputs))
            inputs = 2 * self.units
        self.output_layer.build((None, self.seen))
        self.built = True

    def tensors(self) -> dict[str, keras.Variable]:
        """The variables by the names of :func:`scribe.reading.layers.layer_shapes`, and those of the dense layer."""
        tensors = {}
        for number, pair in enumerate(zip(self.ahead, self.behind, strict=True), 1):
            for direction, lstm in zip(("forward", "backward"), pair, strict=True):
                for part in ("kernel", "recurrent", "bias"):
                    tensors[f"lstm{number}.{direction}.{part}"] = getattr(lstm, part)
        for part in ("kernel", "bias"):
            tensors[f"output.{part}"] = getattr(self.output_layer, part)
        return tensors

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights, by name."""
        return {name: ops.convert_to_numpy(variable) for name, variable in self.tensors().items()}


@keras.saving.register_keras_serializable(package="scribe")
class ReaderNetwork(BidirectionalNetwork):
    """LSTM layers in both directions, then for each frame a logit for every code.

    Inputs: a dictionary of ``frames`` ``(B, T, features)``; ``mask`` ``(B, T)``, 1 for a frame, 0 for padding; and, if
    there is to be dropout, ``kept`` ``(B, layers, 2 * units)``, what the outputs of each layer are multiplied by.
    Output: logits ``(B, T, codes)``; the last code is the blank.

    Args:
        units: of each LSTM in each direction.
        layers: how many.
        features: numbers per frame.
        codes: size of the alphabet, the blank included.
        parts: ``(codes, P)``, what each character is made of (:attr:`scribe.alphabet.Alphabet.parts`): the dense layer
            has an output for each part, and the logit of "é" is that of "e" and that of the acute together. ``None``
            for characters that are learned one by one.
    """

    def __init__(
        self, units: int, layers: int, features: int, codes: int = ASCII.size, parts: Any = None, **kwargs
    ) -> None:
        self.parts = np.eye(codes, dtype=np.float32) if parts is None else np.asarray(parts, np.float32)
        super().__init__(units, layers, features, 2 * units, self.parts.shape[1], **kwargs)
        sizes = {"units": units, "layers": layers, "features": features, "codes": codes}
        self.settings = sizes | {"parts": self.parts.tolist()}

    def call(self, inputs, training: bool = False):
        hidden = ops.transpose(inputs["frames"], (1, 0, 2))
        mask = ops.transpose(inputs["mask"])[:, :, None]
        for number, (ahead, behind) in enumerate(zip(self.ahead, self.behind, strict=True)):
            both = [ahead(hidden, training=training), behind(hidden, mask, training=training)]
            hidden = ops.concatenate(both, axis=-1)
            if training and "kept" in inputs:
                hidden = hidden * inputs["kept"][:, number]
        logits = ops.matmul(self.output_layer(hidden), self.parts.T)
        return ops.transpose(logits, (1, 0, 2))

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights by name, with an output for each character."""
        arrays = super().arrays()
        for name in ("output.kernel", "output.bias"):
            arrays[name] = arrays[name] @ self.parts.T
        return arrays

    def begin_with(self, weights: ReaderWeights, alphabet: Alphabet | None = None) -> None:
        """Take over a reader of the same sizes, which may know fewer characters: the way back of ``arrays``.

        A mark that isn't known looks like nothing at first, but a letter with it is expected twenty times less often
        than without; what is unknown otherwise is expected as seldom as any.

        Args:
            alphabet: that the network's codes are of; that of the reader if ``None``.

        Raises:
            WeightsError: if the reader is of other sizes, or knows characters that the alphabet lacks.
        """
        if not self.built:
            self.build()
        known = weights.alphabet
        alphabet = alphabet or known
        if alphabet.size != len(self.parts):
            raise WeightsError(f"the alphabet has {alphabet.size} codes, and the network has {len(self.parts)}")
        kernel = in_parts(weights["output.kernel"].T, known, alphabet, self.parts).T
        bias = in_parts(weights["output.bias"][:, None], known, alphabet, self.parts)[:, 0]
        marks = self.parts[self.parts.sum(axis=1) > 1].any(axis=0) & ~self.parts[self.parts.sum(axis=1) == 1].any(
            axis=0
        )
        told = np.array([c in known.characters for c in alphabet.characters] + [True])
        of_known = self.parts[told].any(axis=0)
        bias = np.where(of_known, bias, np.where(marks, -np.log(20), weights["output.bias"].min()))
        output = {"output.kernel": kernel, "output.bias": bias.astype(np.float32)}
        found = {**weights.arrays, **output}
        for name, variable in self.tensors().items():
            if found[name].shape != tuple(variable.shape):
                raise WeightsError(
                    f"the reader cannot be taken over: its {name} is {found[name].shape}, not {tuple(variable.shape)}"
                )
            variable.assign(found[name])

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}


@keras.saving.register_keras_serializable(package="scribe")
class CTCLoss(keras.losses.Loss):
    """Minus the logarithm of the probability of the texts, in nats per character.

    The targets are integers ``(B, 2 + N)``: how many frames a line has, how many characters, and their codes.
    """

    def __init__(self, name: str = "ctc", **kwargs) -> None:
        super().__init__(name=name, reduction=None, **kwargs)

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, "int32")
        frames, characters, codes = y_true[:, 0], y_true[:, 1], y_true[:, 2:]
        return ops.sum(ctc_nats(y_pred, frames, codes, characters)) / ops.cast(ops.sum(characters), y_pred.dtype)


_NEVER = -1e30  # the logarithm of no probability: unlike that of 0, it survives being multiplied by 0


def _turned(scores):
    """Scores ``(T, B, S)`` from the last frame and state to the first. Keras 3.12 flips one axis at a time."""
    return ops.flip(ops.flip(scores, axis=0), axis=2)


def ctc_nats(logits, frames, codes, characters):
    """Minus the logarithm of the CTC probability of each text; Graves et al. (2006), equations 5 to 16.

    The sums over all paths up to a frame (``alpha``) and from it on (``beta``) are one recurrence: the second is the
    first, with frames and characters turned round. Both run side by side in one loop; how often a path is in each
    state in each frame follows from their product, and is the gradient.

    Args:
        logits: ``(B, T, C)``, the last code is the blank.
        frames: int ``(B,)``, how many of the ``T`` count.
        codes: int ``(B, N)``.
        characters: int ``(B,)``, how many of the ``N`` count. They must fit into the frames.

    Returns:
        Nats, ``(B,)``.
    """
    size = logits.shape[-1]
    blank = size - 1
    lines, most = ops.shape(codes)[0], ops.shape(codes)[1]
    # The states of a path: a door, blank, character, blank, ..., character, blank, a door. It comes in through the
    # first door and leaves through the last, and so it is the other way round. What is behind the last is padding.
    blanks = ops.full_like(codes, blank)
    ends = ops.full((lines, 2), blank, dtype=codes.dtype)
    states = ops.reshape(ops.stack([blanks, codes], axis=2), (lines, 2 * most))
    states = ops.concatenate([ends[:, :1], states, ends], axis=1)
    place = ops.arange(2 * most + 3, dtype=codes.dtype)[None]
    exit = 2 * characters[:, None] + 2
    inside = ops.logical_and(place >= 1, place < exit)
    chosen = ops.one_hot(states, size, dtype=logits.dtype) * ops.cast(inside, logits.dtype)[:, :, None]
    dead = ops.where(inside, 0.0, _NEVER)
    # A path may leap over a blank between different characters, and over those beside the doors.
    same = ops.concatenate([codes[:, :1] - codes[:, :1], ops.cast(codes[:, 1:] == codes[:, :-1], codes.dtype)], axis=1)
    same = ops.reshape(ops.stack([same, blanks * 0], axis=2), (lines, 2 * most))
    same = ops.pad(same, [[0, 0], [2, 1]])
    to_character = ops.logical_and(place % 2 == 0, place >= 2)
    leaps = ops.logical_or(ops.logical_and(to_character, same == 0), place == exit)
    leaps = ops.where(leaps, 0.0, _NEVER)
    leaps_back = ops.flip(ops.concatenate([leaps[:, 2:], ops.full((lines, 2), _NEVER)], axis=1), axis=1)
    leaps = ops.concatenate([leaps, leaps_back], axis=0)
    doors = ops.concatenate([place == 0 * exit, ops.flip(place == exit, axis=1)], axis=0)
    start = ops.where(doors, 0.0, _NEVER)
    time = ops.arange(ops.shape(logits)[1], dtype=frames.dtype)
    counts = ops.cast(time[None] < frames[:, None], logits.dtype)
    nowhere = ops.full((2 * lines, 2), _NEVER)

    @ops.custom_gradient
    def run(logits):
        log_p = ops.log_softmax(logits, axis=-1)
        emitted = ops.matmul(log_p, ops.transpose(chosen, (0, 2, 1))) + dead[:, None]
        emitted = ops.transpose(emitted, (1, 0, 2))
        both = ops.concatenate([emitted, _turned(emitted)], axis=1)
        counted = ops.transpose(counts)[:, :, None]
        counted = ops.concatenate([counted, ops.flip(counted, axis=0)], axis=1)

        def step(carry, x):
            (scores,), (emitted_t, counted_t) = carry, x
            padded = ops.concatenate([nowhere, scores], axis=1)
            one, two = padded[:, 1:-1], padded[:, :-2] + leaps
            best = ops.maximum(ops.maximum(scores, one), two)
            came = best + ops.log(ops.exp(scores - best) + ops.exp(one - best) + ops.exp(two - best))
            scores = ops.where(counted_t > 0, came + emitted_t, scores)
            return (scores,), (scores,)

        (scores,) = scan(step, (start,), (both, counted))
        last = ops.where(ops.logical_or(place == exit - 1, place == exit - 2), scores[-1, :lines], _NEVER)
        total = ops.logsumexp(last, axis=1)

        def backward(*args, upstream=None):
            upstream = args[0] if upstream is None else upstream
            alpha, beta = scores[:, :lines], _turned(scores[:, lines:])
            often = ops.exp(ops.minimum(alpha + beta - emitted - total[:, None], 0.0))
            said = ops.matmul(ops.transpose(often, (1, 0, 2)), chosen)
            return (ops.exp(log_p) - said) * (counts * upstream[:, None])[:, :, None]

        return -total, backward

    return run(logits)
