"""The prediction and the synthesis network (Graves 2013, sections 4 and 5) as one Keras model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from scribe.training.layers import LSTM, Mixture, WindowedLSTM
from scribe.weights import Weights

__all__ = ["HandwritingNetwork"]


@keras.saving.register_keras_serializable(package="scribe")
class HandwritingNetwork(keras.Model):
    """LSTM layers with all skips, the window in the loop of the first, a mixture on top.

    Inputs: a dictionary of ``points`` ``(B, T, 3)``, the standardised point before each that is to
    be predicted; and, with a window, ``codes`` ``(B, N)`` and ``code_mask`` ``(B, N)``.
    Output: raw mixture parameters ``(B, T, 1 + 6M)``; :mod:`scribe.mdn` says what they mean.

    Every layer sees the point and the window; the output sees every layer. Without the skips the
    lower layers would learn through the upper ones only, and learn late (Graves eqs. 1 to 3, 52
    and 53).

    Args:
        units: of each LSTM layer.
        layers: how many.
        window: Gaussians in the window; 0 makes the prediction network, which takes no text.
        mixtures: Gaussians in the output.
        codes: size of the alphabet, end of text included.
        points_per_character: of the corpus; sets the window's speed at the start.
        peepholes: whether the gates see the cell.
        weight_noise: standard deviation of adaptive weight noise at the start; 0 for none.
        training_points: of the training set, which the description length of noisy weights is spread over.
        precision: ``"float32"``, or that of the LSTMs' products: ``"bfloat16"``, or ``"float16"`` on GPUs that do not
            know the former. The window, the states, the mixture and all weights stay in float32.

    Raises:
        ValueError: for another precision.
    """

    def __init__(
        self,
        units: int = 400,
        layers: int = 3,
        window: int = 10,
        mixtures: int = 20,
        codes: int = 96,
        points_per_character: float = 15.0,
        peepholes: bool = False,
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
            "points_per_character": points_per_character,
            "peepholes": peepholes,
            "weight_noise": weight_noise,
            "training_points": training_points,
            "precision": precision,
        }
        noise: dict[str, Any] = {"noise": weight_noise, "shared_by": training_points}
        both = {**noise, "half": None if precision == "float32" else precision}
        lstms = [LSTM(units, peepholes, name=f"lstm{number}", **both) for number in range(1, layers + 1)]
        if window:
            first = window, codes, points_per_character
            lstms[0] = WindowedLSTM(units, *first, peepholes=peepholes, name="lstm1", **both)
        self.lstms = lstms  # Keras tracks the layers of a list as it is when it is assigned
        self.mixture = Mixture(mixtures, name="mixture", **noise)

    def build(self, input_shape=None) -> None:
        units, codes, window = (self.settings[name] for name in ("units", "codes", "window"))
        text = codes if window else 0
        self.lstms[0].build((None, None, 3))
        for lstm in self.lstms[1:]:
            lstm.build((None, None, 3 + units + text))
        self.mixture.build((None, None, units * len(self.lstms)))
        self.built = True

    def begin_with(self, weights: Weights) -> None:
        """Take over weights of the same sizes: the way back of :func:`scribe.training.export.weights_of`."""
        if not self.built:
            self.build()
        for number, lstm in enumerate(self.lstms, 1):
            for part in ("kernel", "recurrent", "bias", *(["peephole"] if weights.architecture.peepholes else [])):
                getattr(lstm, part).assign(weights[f"lstm{number}.{part}"])
        if weights.architecture.window:
            self.lstms[0].window_kernel.assign(weights["window.kernel"])
            self.lstms[0].window_bias.assign(weights["window.bias"])
        self.mixture.kernel.assign(weights["mixture.kernel"])
        self.mixture.bias.assign(weights["mixture.bias"])

    def call(self, inputs, training: bool = False):
        points = ops.transpose(inputs["points"], (1, 0, 2))
        first, *others = self.lstms
        text = []
        if self.settings["window"]:
            hidden, window = first(points, inputs["codes"], inputs["code_mask"], training=training)
            text = [window]
        else:
            hidden = first(points, training=training)
        outputs = [hidden]
        for lstm in others:
            outputs.append(lstm(ops.concatenate([points, outputs[-1], *text], axis=-1), training=training))
        y = self.mixture(ops.concatenate(outputs, axis=-1), training=training)
        return ops.transpose(y, (1, 0, 2))

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}
