"""The prediction and the synthesis network (Graves 2013, sections 4 and 5) as one Keras model."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import keras
import numpy as np
from keras import ops

from scribe.alphabet import ASCII, Alphabet
from scribe.network import HEIGHT
from scribe.training.layers import Mixture, Recurrent, WindowedRecurrent
from scribe.weights import LATER, Architecture, Weights, WeightsError

__all__ = ["HandwritingNetwork", "in_parts", "weights_of"]


@keras.saving.register_keras_serializable(package="scribe")
class HandwritingNetwork(keras.Model):
    """Recurrent layers with all skips, the window in the loop of the first, a mixture on top.

    Inputs: a dictionary of ``points`` ``(B, T, 3)``, the standardised point before each that is to
    be predicted; with a window, ``codes`` ``(B, N)`` and ``code_mask`` ``(B, N)``; with a condition,
    ``condition`` ``(B, D)``, which is zeros where it is left out.
    Output: raw mixture parameters ``(B, T, 1 + 6M)``; :mod:`scribe.mdn` says what they mean.

    Every layer sees the point and the window; the output sees every layer. Without the skips the
    lower layers would learn through the upper ones only, and learn late (Graves eqs. 1 to 3, 52
    and 53).

    Args:
        units: of each recurrent layer.
        layers: how many.
        window: Gaussians in the window; 0 makes the prediction network, which takes no text.
        mixtures: Gaussians in the output.
        codes: size of the alphabet, end of text included.
        parts: ``(codes, P)``, what each character is made of (:attr:`scribe.alphabet.Alphabet.parts`): the weights
            belong to letters and marks then. ``None`` for characters that are learned one by one.
        points_per_character: of the corpus; sets the window's speed at the start.
        peepholes: whether the gates see the cell.
        cell: one of :data:`scribe.cells.CELLS`.
        condition: ``D``, the length of a vector that stays the same along a line and goes to every layer; 0 for none.
        height: whether every layer also sees how high the pen stands above the baseline, the sum of all ``dy``.
        parity: whether the window also shows if it stands at an even place of the text or at an odd one.
        weight_noise: standard deviation of adaptive weight noise at the start; 0 for none.
        training_points: of the training set, which the description length of noisy weights is spread over.
        precision: ``"float32"``, or that of the recurrent layers' products: ``"bfloat16"``, or ``"float16"`` on GPUs
            that do not know the former. The window, the states, the mixture and all weights stay in float32.

    Raises:
        ValueError: for another precision.
        WeightsError: for sizes that no network can have.
    """

    def __init__(
        self,
        units: int = 400,
        layers: int = 3,
        window: int = 10,
        mixtures: int = 20,
        codes: int = 96,
        parts: Any = None,
        points_per_character: float = 15.0,
        peepholes: bool = False,
        cell: str = "lstm",
        condition: int = 0,
        height: bool = False,
        parity: bool = False,
        weight_noise: float = 0.0,
        training_points: float = 1.0,
        precision: str = "float32",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if precision not in ("float32", "bfloat16", "float16"):
            raise ValueError(f"the precision must be float32, bfloat16 or float16, not {precision}")
        self.settings: dict[str, Any] = {
            "units": units,
            "layers": layers,
            "window": window,
            "mixtures": mixtures,
            "codes": codes,
            "parts": np.eye(codes).tolist() if parts is None else np.asarray(parts).tolist(),
            "points_per_character": points_per_character,
            "peepholes": peepholes,
            "cell": cell,
            "condition": condition,
            "height": height,
            "parity": parity,
            "weight_noise": weight_noise,
            "training_points": training_points,
            "precision": precision,
        }
        self.architecture = Architecture(**{f.name: self.settings[f.name] for f in fields(Architecture)})
        noise: dict[str, Any] = {"noise": weight_noise, "shared_by": training_points}
        all_layers = {"cell": cell, "peepholes": peepholes, "condition": condition, **noise}
        all_layers["half"] = None if precision == "float32" else precision
        recurrent = [Recurrent(units, name=f"{cell}{number}", **all_layers) for number in range(1, layers + 1)]
        if window:
            whole = {"codes": codes, "parts": parts, "parity": parity, "points_per_character": points_per_character}
            recurrent[0] = WindowedRecurrent(units, window, **whole, name=f"{cell}1", **all_layers)
        self.recurrent_layers = recurrent  # Keras tracks the layers of a list as it is when it is assigned
        self.mixture = Mixture(mixtures, name="mixture", **noise)

    def build(self, input_shape=None) -> None:
        units = self.settings["units"]
        text = self.architecture.seen(self.parts.shape[1])
        seen = self.architecture.inputs
        self.recurrent_layers[0].build((None, None, seen))
        for layer in self.recurrent_layers[1:]:
            layer.build((None, None, seen + units + text))
        self.mixture.build((None, None, units * len(self.recurrent_layers)))
        self.built = True

    @property
    def parts(self) -> np.ndarray:
        """What each character is made of, float32 ``(codes, P)``."""
        return np.array(self.settings["parts"], np.float32)

    def tensors(self) -> dict[str, keras.Variable]:
        """The variables of a network that is built, by the names that they have in a file of weights.

        Kernels that read the window have a row for each part of characters here, and for each character there.
        """
        named = {}
        for number, layer in enumerate(self.recurrent_layers, 1):
            for part, name in self.architecture.layer_names(number).items():
                named[name] = getattr(layer, part)
        if self.architecture.window:
            named["window.kernel"] = self.recurrent_layers[0].window_kernel
            named["window.bias"] = self.recurrent_layers[0].window_bias
        return named | {"mixture.kernel": self.mixture.kernel, "mixture.bias": self.mixture.bias}

    def kernels_of_text(self) -> dict[str, int]:
        """The kernels that read the window, and from which row on they do; these rows come last."""
        if not self.architecture.window:
            return {}
        text, tensors = self.architecture.seen(self.parts.shape[1]), self.tensors()
        return {name: int(tensors[name].shape[0]) - text for name in self._kernels()}

    def _kernels(self) -> list[str]:
        return [self.architecture.layer_names(layer)["kernel"] for layer in range(1, self.architecture.layers + 1)]

    def begin_with(self, weights: Weights, alphabet: Alphabet | None = None) -> None:
        """Take over weights of the same sizes: the way back of :func:`weights_of`.

        The network may have a condition, or see height or parity, where the weights don't: these begin without
        influence. And it may know more characters: what the weights don't know of one begins as nothing
        (:func:`in_parts`).

        Args:
            alphabet: that the network's codes are of; that of the weights if ``None``.

        Raises:
            WeightsError: if the weights are of other sizes, or of characters that the network does not know.
        """
        if not self.built:
            self.build()
        theirs, ours = asdict(weights.architecture), asdict(self.architecture)
        for added in LATER:
            theirs[added] = theirs[added] or ours[added]
        for name, size in ours.items():
            if theirs[name] != size:
                raise WeightsError(f"the weights cannot be taken over: their {name} is {theirs[name]}, not {size}")
        alphabet = alphabet or weights.alphabet
        if self.architecture.window and alphabet.size != self.settings["codes"]:
            raise WeightsError(f"the alphabet has {alphabet.size} codes, and the network has {self.settings['codes']}")
        of_text, kernels = self.kernels_of_text(), self._kernels()
        added = self.architecture.inputs - weights.architecture.inputs
        for name, variable in self.tensors().items():
            if name not in weights.arrays:
                variable.assign(ops.zeros_like(variable))
                continue
            array = weights[name]
            if name in of_text:
                first = of_text[name] - added
                seen, rows, beat = np.split(array, [first, first + weights.alphabet.size])
                if self.architecture.parity and not len(beat):
                    beat = np.zeros_like(array[:1])
                array = np.concatenate([seen, in_parts(rows, weights.alphabet, alphabet, self.parts), beat])
            if added and name in kernels:
                array = np.insert(array, weights.architecture.inputs, 0, axis=0)
            variable.assign(array)

    def call(self, inputs, training: bool = False):
        points = ops.transpose(inputs["points"], (1, 0, 2))
        if self.settings["height"]:
            points = ops.concatenate([points, HEIGHT * ops.cumsum(points[..., 1:2], axis=0)], axis=-1)
        condition = None
        if self.settings["condition"]:
            condition = inputs.get("condition")
            if condition is None:
                condition = ops.zeros((ops.shape(points)[1], self.settings["condition"]), points.dtype)
        first, *others = self.recurrent_layers
        text = []
        if self.settings["window"]:
            hidden, window = first(points, inputs["codes"], inputs["code_mask"], condition, training=training)
            text = [window]
        else:
            hidden = first(points, condition, training=training)
        outputs = [hidden]
        for layer in others:
            seen = ops.concatenate([points, outputs[-1], *text], axis=-1)
            outputs.append(layer(seen, condition, training=training))
        y = self.mixture(ops.concatenate(outputs, axis=-1), training=training)
        return ops.transpose(y, (1, 0, 2))

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}


def weights_of(
    network: HandwritingNetwork,
    offset_scale: float,
    *,
    alphabet: Alphabet = ASCII,
    name: str = "",
    licence: str = "",
    attribution: str = "",
    provenance: dict | None = None,
) -> Weights:
    """The weights of a network as it stands. A network built without a window gives a prediction network.

    Args:
        offset_scale: what offsets were divided by in training, body heights.
        alphabet: that the network's codes are of.
        name, licence, attribution, provenance: kept with the weights.
    """
    arrays = {name: ops.convert_to_numpy(variable) for name, variable in network.tensors().items()}
    for kernel, first in network.kernels_of_text().items():
        seen, rows, beat = np.split(arrays[kernel], [first, first + network.parts.shape[1]])
        arrays[kernel] = np.concatenate([seen, network.parts @ rows, beat])
    return Weights(
        arrays=arrays,
        architecture=network.architecture,
        alphabet=alphabet,
        offset_scale=offset_scale,
        points_per_character=network.settings["points_per_character"],
        name=name,
        licence=licence,
        attribution=attribution,
        provenance=provenance or {},
    )


def in_parts(rows: np.ndarray, known: Alphabet, alphabet: Alphabet, parts: np.ndarray) -> np.ndarray:
    """What belongs to characters, as what belongs to the parts that an alphabet's characters are made of.

    Args:
        rows: ``(known.size, G)``, one for each character of a known alphabet and for the end of the text.
        alphabet: may have more characters.
        parts: ``(alphabet.size, P)``, see :attr:`scribe.alphabet.Alphabet.parts`.

    Returns:
        ``(P, G)``. A letter has its own row; a mark what it adds to letters, on average. What isn't known has zeros.

    Raises:
        WeightsError: if a known character is missing from the alphabet.
    """
    if missing := [character for character in known.characters if character not in alphabet.characters]:
        raise WeightsError(f"the alphabet lacks {missing[0]!r}, which the weights know; it may only be larger")
    ours = [alphabet.characters.index(character) for character in known.characters] + [alphabet.end_of_text]
    told = parts[ours]
    alone = told.sum(axis=1) == 1
    result = told[alone].T @ rows[alone]
    added = rows[~alone] - told[~alone] @ result
    marks = told[~alone].copy()
    marks[:, told[alone].any(axis=0)] = 0
    return result + (marks.T @ added) / np.maximum(marks.sum(axis=0), 1)[:, None]
