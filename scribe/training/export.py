"""From a trained Keras network to the weights that everything else reads."""

from __future__ import annotations

from pathlib import Path

from keras import ops

from scribe.alphabet import ASCII, Alphabet
from scribe.training import checkpoint
from scribe.training.loop import settings_of
from scribe.training.network import HandwritingNetwork
from scribe.training.train import CHECKPOINT, Settings, build
from scribe.weights import Weights

__all__ = ["export_checkpoint", "weights_of"]


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
    return Weights(
        arrays={name: ops.convert_to_numpy(variable) for name, variable in network.tensors().items()},
        architecture=network.architecture,
        alphabet=alphabet,
        offset_scale=offset_scale,
        points_per_character=network.settings["points_per_character"],
        name=name,
        licence=licence,
        attribution=attribution,
        provenance=provenance or {},
    )


def export_checkpoint(path: Path, *, name: str = "", average: bool = True) -> Weights:
    """The weights of a checkpoint, with where they come from.

    Args:
        path: ``checkpoint.safetensors``, or the folder of the training.
        name: of the weights.
        average: take the running averages, which write better than the weights of the last update.

    Raises:
        CheckpointError: if the file is not a checkpoint.
    """
    path = Path(path)
    if path.is_dir():
        path = path / CHECKPOINT
    state = checkpoint.read_state(path)
    settings = settings_of(Settings, state, path)
    network = build(settings, state["points_per_character"])
    checkpoint.load(path, network)
    if average and state["update"]:
        network.optimizer.finalize_variable_values(network.trainable_variables)
    corpus, begun = state["corpus"], state.get("begun_with", {})
    before = begun.get("provenance", {})
    provenance = {
        "corpus": corpus,
        "settings": state["settings"],
        "updates": before.get("updates", 0) + state["update"],
        "minutes": round(before.get("minutes", 0.0) + state["seconds"] / 60, 1),
        "averaged": average,
        **({"begun_with": begun} if begun else {}),
    }
    licence = f"MIT. Trained on {corpus.get('name', 'a corpus')} ({corpus.get('licence', 'licence not stated')})"
    return weights_of(
        network,
        state["offset_scale"],
        alphabet=Alphabet(settings.alphabet),
        name=name,
        licence=licence,
        attribution=str(corpus.get("attribution", "")),
        provenance=provenance,
    )
