"""The prediction and the synthesis network (Graves 2013, sections 4 and 5) as one Keras model."""

from __future__ import annotations

import keras
from keras import ops

from scribe.training.layers import LSTM, WindowedLSTM

__all__ = ["HandwritingNetwork"]


@keras.saving.register_keras_serializable(package="scribe")
class HandwritingNetwork(keras.Model):
    """LSTM layers with all skips, the window in the loop of the first, a mixture on top.

    Inputs: a dictionary of ``points`` ``(B, T, 3)``, the standardised point before each that is to
    be predicted; and, with a window, ``codes`` ``(B, N)`` and ``code_mask`` ``(B, N)``.
    Output: raw mixture parameters ``(B, T, 1 + 6M)``; :mod:`scribe.mdn` says what they mean.

    Every layer sees the point and the window; the output sees every layer. Without the skips the
    lower layers would learn through the upper ones only, and learn late.

    Args:
        units: of each LSTM layer.
        layers: how many.
        window: Gaussians in the window; 0 makes the prediction network, which takes no text.
        mixtures: Gaussians in the output.
        codes: size of the alphabet, end of text included.
        points_per_character: of the corpus; sets the window's speed at the start.
        peepholes: whether the gates see the cell.
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
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = {
            "units": units,
            "layers": layers,
            "window": window,
            "mixtures": mixtures,
            "codes": codes,
            "points_per_character": points_per_character,
            "peepholes": peepholes,
        }
        self.lstms = [LSTM(units, peepholes, name=f"lstm{number}") for number in range(1, layers + 1)]
        if window:
            self.lstms[0] = WindowedLSTM(units, window, codes, points_per_character, peepholes=peepholes, name="lstm1")
        # Small at first: the density starts near a round Gaussian as wide as the data.
        small = keras.initializers.RandomNormal(stddev=0.05)
        self.mixture = keras.layers.Dense(1 + 6 * mixtures, kernel_initializer=small, name="mixture")

    def build(self, input_shape=None) -> None:
        units, codes, window = (self.settings[name] for name in ("units", "codes", "window"))
        text = codes if window else 0
        self.lstms[0].build((None, None, 3))
        for lstm in self.lstms[1:]:
            lstm.build((None, None, 3 + units + text))
        self.mixture.build((None, None, units * len(self.lstms)))
        self.built = True

    def call(self, inputs):
        points = ops.transpose(inputs["points"], (1, 0, 2))
        first, *others = self.lstms
        text = []
        if self.settings["window"]:
            hidden, window = first(points, inputs["codes"], inputs["code_mask"])
            text = [window]
        else:
            hidden = first(points)
        outputs = [hidden]
        for lstm in others:
            outputs.append(lstm(ops.concatenate([points, outputs[-1], *text], axis=-1)))
        return ops.transpose(self.mixture(ops.concatenate(outputs, axis=-1)), (1, 0, 2))

    def get_config(self) -> dict:
        return {"name": self.name, **self.settings}
