"""One batch on several devices: TensorFlow's own strategies, and a sum that comes out as on one device.

Each device holds the whole network and gets a share of the lines of a batch. It adds up the nats of its own
points and divides by the points of the *whole* batch, so that the shares add up to the loss of one device, and so
do the gradients. Dividing each share by its own points, and averaging, would count the points of a short line more
than those of a long one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Replicas", "shares"]


def shares(inputs: dict[str, np.ndarray], targets: np.ndarray, count: int) -> list[tuple[dict, np.ndarray]]:
    """A batch cut into ``count`` shares of equally many lines. Where lines are missing, empty ones stand in.

    An empty line is all zeros; none of its points counts.
    """
    missing = -len(targets) % count

    def cut(array: np.ndarray) -> list[np.ndarray]:
        filled = np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
        return [filled[i::count] for i in range(count)]  # sorted by length: each gets some of all lengths

    parts = {name: cut(array) for name, array in inputs.items()}
    return [({name: parts[name][i] for name in parts}, share) for i, share in enumerate(cut(targets))]


class Replicas:
    """A network on all devices of a strategy: trains and measures as the network does on one.

    Args:
        network: compiled and built in the scope of the strategy.
        strategy: such as ``tf.distribute.MirroredStrategy()``. With workers in several processes, all of them
            must go through the same batches; each takes its own share.
    """

    def __init__(self, network: keras.Model, strategy: tf.distribute.Strategy) -> None:
        import tensorflow as tf

        self.network, self.strategy = network, strategy
        count = strategy.num_replicas_in_sync

        def loss_of(share, points, training: bool):
            inputs, targets = share
            loss = network.loss.total(targets, network(inputs, training=training)) / points
            return loss + sum(network.losses) / count  # what noisy weights cost, once for all devices

        def gradients_of(share, points):
            with tf.GradientTape() as tape:
                loss = loss_of(share, points, True)
            return loss, tape.gradient(loss, network.trainable_variables)

        def added(values):
            return [strategy.reduce("SUM", value, axis=None) for value in values]

        @tf.function(autograph=False, reduce_retracing=True)
        def train(batch, points):
            loss, gradients = strategy.run(gradients_of, args=(batch, points))
            return added([loss, *gradients])

        @tf.function(autograph=False, reduce_retracing=True)
        def measure(batch, points):
            return added([strategy.run(loss_of, args=(batch, points, False))])

        self._train, self._measure = train, measure

    def train_on_batch(self, inputs: dict, targets: np.ndarray) -> float:
        """One update. Returns nats per point of the whole batch."""
        loss, *gradients = self._run(self._train, inputs, targets)
        self.network.optimizer.apply(gradients, self.network.trainable_variables)
        return float(loss)

    def test_on_batch(self, inputs: dict, targets: np.ndarray) -> float:
        """Nats a point of the whole batch."""
        return float(self._run(self._measure, inputs, targets)[0])

    def reset_metrics(self) -> None:
        """Nothing is kept from batch to batch here; a Keras model needs it."""

    def _run(self, function: Callable, inputs: dict, targets: np.ndarray) -> list:
        import tensorflow as tf

        parts = shares(inputs, targets, self.strategy.num_replicas_in_sync)
        batch = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.nest.map_structure(tf.constant, parts[context.replica_id_in_sync_group])
        )
        return function(batch, tf.constant(targets[..., 3].sum()))
