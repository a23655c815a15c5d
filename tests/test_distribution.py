"""Several devices and half precision teach the network what one device and float32 teach it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import patience

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="training needs Keras: pip install 'scribe-handwriting[train]'")
pytest.importorskip("tensorflow", reason="strategies are TensorFlow's")

from scribe.training.distribution import shares  # noqa: E402

ROOT = Path(__file__).parent.parent

# In a process of its own: devices have to be made before TensorFlow starts.
PROGRAM = """
import json, sys, tempfile
import tensorflow as tf
import numpy as np
from pathlib import Path

kind, noise = sys.argv[1], float(sys.argv[2])
cpu = tf.config.list_physical_devices("CPU")[0]
if kind == "mirrored":
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
elif kind == "workers":
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
else:
    strategy = None

from scribe.corpora import fonts
from scribe.training.train import Settings, train

settings = Settings(
    units=6, layers=2, mixtures=2, updates=4, warmup=1, decay=1, batch_points=1500, curriculum=0,
    validate_every=2, checkpoint_every=2, learning_rate=1e-3, weight_noise=noise,
)
corpus = fonts.generate(40, words=40, seed=1)
told = []
with tempfile.TemporaryDirectory() as folder:
    network = train(corpus, folder, settings, strategy=strategy,
                    report=lambda p: told.append([p.nats, p.validation, p.skipped]))
    more = settings.__class__(**{**vars(settings), "updates": 5})
    train(corpus, folder, more, strategy=strategy, resume=True, report=lambda p: told.append([p.nats, None, p.skipped]))
norm = float(sum(np.abs(w).sum() for w in network.get_weights()))
print(json.dumps({"replicas": strategy.num_replicas_in_sync if strategy else 1, "told": told, "norm": norm}))
"""


def start(kind: str, noise: float = 0.0, **environment: str) -> subprocess.Popen:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow"}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, kind, str(noise)],
        env={**os.environ, **quiet, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen, seconds: float = 150) -> dict:
    try:
        out, error = process.communicate(timeout=patience(seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, error[-3000:]
    return json.loads(out.splitlines()[-1])


def same_training(one: dict, other: dict) -> None:
    for mine, theirs in zip(one["told"], other["told"], strict=True):
        assert mine[0] == pytest.approx(theirs[0], abs=2e-4)
        assert (mine[1] is None) == (theirs[1] is None)
        assert mine[1] is None or mine[1] == pytest.approx(theirs[1], abs=2e-4)
    assert one["norm"] == pytest.approx(other["norm"], rel=1e-4)


@pytest.fixture(scope="module")
def alone() -> dict:
    return said(start("alone"))


@pytest.mark.slow
def test_two_devices_train_as_one(alone: dict) -> None:
    mirrored = said(start("mirrored"))
    assert mirrored["replicas"] == 2
    same_training(alone, mirrored)
    assert len({round(nats, 3) for nats, *_ in alone["told"]}) > 3  # something was learned


@pytest.mark.slow
def test_two_processes_train_as_one(alone: dict) -> None:
    with socket.socket() as one, socket.socket() as two:  # two ports that are free
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{s.getsockname()[1]}" for s in (one, two)]
    processes = [
        start("workers", TF_CONFIG=json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": i}}))
        for i in range(2)
    ]
    try:
        results = [said(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
    for result in results:
        assert result["replicas"] == 2
        same_training(alone, result)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_shares_hold_all_lines_and_nothing_more(count: int) -> None:
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(5, 7, 4)).astype(np.float32)
    targets[..., 3] = rng.integers(0, 2, (5, 7))
    inputs = {"points": rng.normal(size=(5, 7, 3)), "codes": rng.integers(0, 9, (5, 4))}
    parts = shares(inputs, targets, count)
    assert len(parts) == count
    assert len({len(share) for _, share in parts}) == 1  # devices run one program for one shape
    lines = [line for _, share in parts for line in share if line.any()]
    assert sorted(map(bytes, lines)) == sorted(map(bytes, targets))
    assert sum(share[..., 3].sum() for _, share in parts) == targets[..., 3].sum()
    for part, share in parts:
        for codes, line in zip(part["codes"], share, strict=True):
            original = [i for i in range(5) if (targets[i] == line).all()]
            assert not original or (inputs["codes"][original[0]] == codes).all()


def test_mean_of_means_is_another_loss() -> None:
    """Why nats are added up: with lines of different lengths, shares have different numbers of points."""
    targets = np.zeros((4, 10, 4), np.float32)
    for row, length in enumerate((2, 10, 2, 9)):
        targets[row, :length, 3] = 1
    nats = np.array([5.0, 1.0, 5.0, 1.0])[:, None] * targets[..., 3]
    whole = nats.sum() / targets[..., 3].sum()
    parts = [nats[i::2].sum() / targets[i::2, :, 3].sum() for i in range(2)]
    assert abs(np.mean(parts) - whole) > 1


@pytest.fixture(scope="module")
def gradients() -> dict[str, tuple[float, np.ndarray]]:
    """Loss and gradient of one batch in each precision, from the same weights."""
    import tensorflow as tf

    from scribe.training.train import Settings, build

    rng = np.random.default_rng(3)
    inputs = {
        "points": rng.normal(size=(3, 24, 3)).astype(np.float32),
        "codes": rng.integers(0, 90, (3, 5)).astype(np.int32),
        "code_mask": np.ones((3, 5), np.float32),
    }
    targets = np.concatenate([rng.normal(size=(3, 24, 2)), np.zeros((3, 24, 1)), np.ones((3, 24, 1))], axis=2)
    found = {}
    for precision in ("float32", "bfloat16", "float16"):
        network = build(Settings(units=16, layers=2, mixtures=3, precision=precision), 12.0)

        @tf.function(autograph=False)
        def run(inputs, targets, network=network):
            with tf.GradientTape() as tape:
                # Small derivatives, as those of a large batch are: float16 has to be helped with them.
                loss = 1e-4 * network.loss(targets, network(inputs, training=True))
            return loss, tape.gradient(loss, network.trainable_variables)

        loss, gradient = run(inputs, targets.astype(np.float32))
        assert all(g.dtype == tf.float32 for g in gradient)
        found[precision] = float(loss), np.concatenate([np.ravel(g) for g in gradient])
    return found


@pytest.mark.parametrize(("precision", "apart"), [("bfloat16", 0.02), ("float16", 0.003)])
def test_half_precision_products_keep_loss_and_gradient(gradients: dict, precision: str, apart: float) -> None:
    loss, gradient = gradients["float32"]
    half_loss, half_gradient = gradients[precision]
    assert half_loss != loss  # it was in half precision
    assert half_loss == pytest.approx(loss, rel=apart)
    assert np.linalg.norm(half_gradient - gradient) < apart * np.linalg.norm(gradient)


def test_other_precisions_are_refused() -> None:
    from scribe.training.network import HandwritingNetwork

    with pytest.raises(ValueError, match="float32, bfloat16 or float16"):
        HandwritingNetwork(units=4, precision="int8")


def test_settings_of_older_checkpoints_train_in_float32() -> None:
    from scribe.training.train import Settings

    old = {name: value for name, value in vars(Settings()).items() if name != "precision"}
    assert Settings(**old).precision == "float32"
