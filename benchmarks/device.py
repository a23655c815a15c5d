"""What a device gains: training speed by precision and size of batch, a table for chapter 10. A few minutes on a GPU.

For each precision: the rate of a large matrix product on the device, in that precision; points per second of whole
updates of the paper's network; their share of that rate; and how far the gradient is from that of float32, as a share
of its norm. It takes the first GPU, or the processor where there is none.

python benchmarks/device.py [--units 400] [--points 256] [--quick]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from ceilings import fastest, machine

from scribe.training.train import Settings, build

PRECISIONS = ("float32", "bfloat16", "float16")
LONGEST = 10.0
"""Seconds of an update; larger batches aren't tried then."""


def device() -> str:
    """What is measured, in words."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"no GPU; {machine()}"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "a GPU")
    tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
    return f"{name} ({len(gpus)} here, one used); float32 products may use TF32: {'yes' if tf32 else 'no'}"


def product_rate(precision: str, size: int, seconds: float) -> float:
    """Floating-point operations per second of a matrix product on the device, in a precision."""
    a, b = (tf.cast(tf.random.normal((size, size)), precision) for _ in range(2))

    @tf.function
    def products() -> tf.Tensor:
        y = a
        for _ in range(4):  # one after the other, so that what starting one costs doesn't count
            y = tf.matmul(y, b) / size**0.5
        return tf.reduce_sum(y)

    return 4 * 2 * size**3 / fastest(lambda: products().numpy(), seconds)


def lines(batch: int, points: int) -> tuple[dict, np.ndarray]:
    """Inputs and targets of random lines, a character for every four points."""
    rng = np.random.default_rng(0)
    inputs = {
        "points": rng.normal(size=(batch, points, 3)).astype(np.float32),
        "codes": rng.integers(0, 96, (batch, points // 4)).astype(np.int32),
        "code_mask": np.ones((batch, points // 4), np.float32),
    }
    targets = np.concatenate([inputs["points"], np.ones((batch, points, 1), np.float32)], axis=2)
    targets[..., 2] = targets[..., 2] > 1.5
    return inputs, targets


def gradient(network: keras.Model, batch: tuple[dict, np.ndarray]) -> np.ndarray:
    """All of it, as one vector."""
    inputs, targets = batch
    with tf.GradientTape() as tape:
        loss = network.loss(targets, network(inputs, training=True))
    return np.concatenate([np.ravel(g) for g in tape.gradient(loss, network.trainable_variables)])


def rows(units: int, points: int, batches: tuple[int, ...], size: int, seconds: float) -> Iterator[tuple]:
    """``(precision, product rate, lines in a batch, points per second, share, error of the gradient)`` for each cell
    of the table; no pace and no share where the memory of the device doesn't suffice."""
    exact = None
    for precision in PRECISIONS:
        rate = product_rate(precision, size, seconds)
        network = build(Settings(units=units, precision=precision), points_per_character=4)
        found = gradient(network, lines(8, points))
        exact = found if exact is None else exact
        error = float(np.linalg.norm(found - exact) / np.linalg.norm(exact))
        # A weight takes part in a product and a sum per point, once forward and twice back.
        operations = 6 * network.count_params()
        for batch in batches:
            inputs, targets = lines(batch, points)
            try:
                took = fastest(lambda: network.train_on_batch(inputs, targets), seconds, least=2)  # noqa: B023
            except tf.errors.ResourceExhaustedError:
                yield precision, rate, batch, None, None, error
                break
            pace = batch * points / took
            yield precision, rate, batch, pace, pace * operations / rate, error
            if took > LONGEST:
                break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--points", type=int, default=256, help="of a line")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    given = parser.parse_args()
    units, points, batches, size, seconds = given.units, given.points, (64, 256, 1024), 4096, 2.0
    if given.quick:
        units, points, batches, size, seconds = 16, 32, (4,), 256, 0.05
    elif not tf.config.list_physical_devices("GPU"):
        batches, size = (16, 64), 2048
    print(device())
    print(f"3 layers of {units}, lines of {points} points; TensorFlow {tf.__version__}, Keras {keras.__version__}\n")
    print("| precision | matrix product, TFLOP/s | lines in a batch | points per second | share | gradient off by |")
    print("|---|---|---|---|---|---|")
    for precision, rate, batch, pace, share, error in rows(units, points, batches, size, seconds):
        reached = "memory is too small | -" if pace is None else f"{pace:,.0f} | {share:.0%}"
        print(f"| {precision} | {rate / 1e12:.3g} | {batch:,} | {reached} | {error:.2%} |", flush=True)


if __name__ == "__main__":
    main()
