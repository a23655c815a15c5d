import dataclasses
import json
import os
import struct

import numpy as np
import pytest
from random_weights import learned_apart, random_weights
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from scribe.alphabet import LATIN, Alphabet
from scribe.weights import (
    FORMAT,
    Architecture,
    Weights,
    WeightsError,
    available_weights,
    load_weights,
    save_weights,
)


def read_file(path):
    """Header and data of a safetensors file, taken apart by hand."""
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def write_file(path, header, data):
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def with_metadata(path, **changes):
    """The same file with entries of its metadata changed, or left out where the change is ``None``."""
    header, data = read_file(path)
    header["__metadata__"] = {k: v for k, v in (header["__metadata__"] | changes).items() if v is not None}
    write_file(path, header, data)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, random_weights())
    return path


@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("window", [0, 4])
def test_what_is_saved_is_what_is_loaded(tmp_path, layers, window, peepholes):
    weights = random_weights(units=5, layers=layers, window=window, peepholes=peepholes, seed=1)
    save_weights(tmp_path / "a.safetensors", weights)
    loaded = load_weights(tmp_path / "a.safetensors")
    assert list(loaded.arrays) == list(weights.arrays)
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
    for entry in dataclasses.fields(Weights):
        if entry.name != "arrays":
            assert getattr(loaded, entry.name) == getattr(weights, entry.name)
    assert loaded.size == weights.size


def test_shapes_follow_the_skips_of_graves():
    shapes = Architecture(units=400, layers=3, window=10, mixtures=20, peepholes=True).shapes(96)
    assert shapes["lstm1.kernel"] == (3 + 96, 1600)
    assert shapes["lstm2.kernel"] == shapes["lstm3.kernel"] == (3 + 400 + 96, 1600)
    assert shapes["lstm2.recurrent"] == (400, 1600)
    assert shapes["lstm3.peephole"] == (3, 400)
    assert shapes["window.kernel"] == (400, 30)
    assert shapes["mixture.kernel"] == (1200, 121)
    assert Architecture(900, 1, 0, 20).shapes(96)["lstm1.kernel"] == (3, 3600)


def test_the_file_is_plain_safetensors_with_the_agreed_metadata(path):
    header, _ = read_file(path)
    metadata = header["__metadata__"]
    assert metadata["format"] == "scribe-weights/1"
    assert json.loads(metadata["architecture"]) == {
        "units": 12,
        "layers": 3,
        "window": 2,
        "mixtures": 3,
        "peepholes": False,
        "cell": "lstm",
        "condition": 0,
        "height": False,
        "parity": False,
    }
    assert metadata["alphabet"] == "".join(map(chr, range(32, 127)))
    assert float(metadata["offset_scale"]) == 0.25
    assert load_file(path)["lstm1.kernel"].dtype == np.float32


def test_half_precision_takes_half_the_space_and_is_float32_again(tmp_path, path):
    weights = random_weights()
    small = tmp_path / "half.safetensors"
    save_weights(small, weights, half=True)
    assert small.stat().st_size < 0.6 * path.stat().st_size
    loaded = load_weights(small)
    for name, array in weights.arrays.items():
        assert loaded[name].dtype == np.float32
        np.testing.assert_array_equal(loaded[name], array.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("sizes", [{"height": True, "parity": True}, {"cell": "gru"}], ids=str)
def test_letters_and_marks_that_were_learned_apart_are_kept_apart(tmp_path, sizes):
    weights = learned_apart(**sizes)
    path = tmp_path / "apart.safetensors"
    save_weights(path, weights, half=True)
    kernel = weights.architecture.layer_names(2)["kernel"]
    fewer = LATIN.size - LATIN.parts.shape[1]
    with safe_open(path, "np") as file:
        assert file.get_tensor(kernel).shape == (len(weights[kernel]) - fewer, weights[kernel].shape[1])
    again = load_weights(path)
    for name, array in weights.arrays.items():
        np.testing.assert_allclose(again[name], array, atol=2e-3 * np.abs(array).max())
    # What is read has rows that are sums to the last digit, so it's kept apart again, and stays what it is.
    save_weights(path, again, half=True)
    for name, array in load_weights(path).arrays.items():
        np.testing.assert_allclose(array, again[name], atol=1e-3 * np.abs(array).max())
    # Rows of characters that are no sums stay: nothing is lost.
    arrays = {name: array.copy() for name, array in weights.arrays.items()}
    first, _ = weights.architecture.rows_of_codes(arrays[kernel], LATIN.size)
    arrays[kernel][first + LATIN.characters.index("é")] += 1
    save_weights(path, dataclasses.replace(weights, arrays=arrays), half=True)
    np.testing.assert_allclose(load_weights(path)[kernel], arrays[kernel], atol=2e-3)
    with safe_open(path, "np") as file:
        assert file.get_tensor(kernel).shape == weights[kernel].shape


def test_rows_of_a_kind_that_is_not_known_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    save_weights(path, learned_apart(), half=True)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, {**metadata, "rows": "strokes"})
    with pytest.raises(WeightsError, match="the entry rows says 'strokes', which is not known here"):
        load_weights(path)


def test_weights_too_large_for_half_precision_are_refused(tmp_path):
    weights = random_weights()
    arrays = {**weights.arrays, "mixture.bias": np.full(19, 1e5)}
    with pytest.raises(WeightsError, match=r"mixture.bias.*float16"):
        save_weights(tmp_path / "a.safetensors", dataclasses.replace(weights, arrays=arrays), half=True)


def test_arrays_cannot_be_changed():
    weights = random_weights()
    with pytest.raises(ValueError, match="read-only"):
        weights["mixture.bias"][0] = 1
    with pytest.raises(TypeError):
        weights.arrays["mixture.bias"] = np.zeros(19)


def test_the_callers_arrays_stay_theirs():
    weights = random_weights()
    mine = {name: array.copy() for name, array in weights.arrays.items()}
    ours = dataclasses.replace(weights, arrays=mine)
    mine["mixture.bias"][:] = 7
    assert not (ours["mixture.bias"] == 7).any()


def test_saving_replaces_whole_files_only(path, monkeypatch):
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_weights(path, random_weights(seed=5))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="none"):
        save_weights(tmp_path / "none" / "w.safetensors", random_weights())


def test_missing_files_and_names_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of weights at"):
        load_weights(tmp_path / "nothing.safetensors")
    with pytest.raises(FileNotFoundError, match="no file of weights at"):
        load_weights("nothing.safetensors")
    with pytest.raises(FileNotFoundError, match=r"no weights named 'nothing'.*come with scribe"):
        load_weights("nothing")
    with pytest.raises(FileNotFoundError, match="no weights named"):
        load_weights("..")


def test_weights_that_come_with_the_package_load_by_name():
    for name in available_weights():
        assert load_weights(name).size > 0


@pytest.mark.parametrize("keep", [0, 4, 8, 100, 0.3, 0.9, -1])
def test_truncated_files(path, keep):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw)) if isinstance(keep, float) else keep])
    with pytest.raises(WeightsError, match=r"w.safetensors cannot be read as weights"):
        load_weights(path)


def test_something_else_entirely(path):
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20)
    with pytest.raises(WeightsError):
        load_weights(path)


def test_a_header_that_claims_terabytes(path):
    path.write_bytes(struct.pack("<Q", 2**42) + b"{}")
    with pytest.raises(WeightsError):
        load_weights(path)


def test_a_header_that_lies_about_a_shape(path):
    header, data = read_file(path)
    header["mixture.bias"]["shape"] = [190]
    write_file(path, header, data)
    with pytest.raises(WeightsError, match="cannot be read"):
        load_weights(path)


def test_a_shape_that_is_consistent_but_wrong_is_named(path):
    header, data = read_file(path)
    header["lstm2.recurrent"]["shape"] = [48, 12]
    write_file(path, header, data)
    with pytest.raises(WeightsError, match=r"lstm2.recurrent has shape \(48, 12\).*asks for \(12, 48\)"):
        load_weights(path)


def test_an_architecture_the_tensors_do_not_fit_names_the_first(path):
    architecture = {"units": 10**4, "layers": 3, "window": 2, "mixtures": 3}
    with_metadata(path, architecture=json.dumps(architecture))
    with pytest.raises(WeightsError, match=r"lstm1.kernel has shape"):
        load_weights(path)


def test_missing_and_superfluous_tensors_are_named():
    weights = random_weights()
    arrays = dict(weights.arrays)
    with pytest.raises(WeightsError, match=r"lstm1.peephole has no place"):
        dataclasses.replace(weights, arrays=arrays | {"lstm1.peephole": np.zeros((3, 12))})
    del arrays["lstm3.bias"]
    with pytest.raises(WeightsError, match=r"lstm3.bias of shape \(48,\) is missing"):
        dataclasses.replace(weights, arrays=arrays)


def test_numbers_that_are_not_finite_are_named(path):
    header, data = read_file(path)
    start = header["window.kernel"]["data_offsets"][0]
    write_file(path, header, data[:start] + struct.pack("<f", np.nan) + data[start + 4 :])
    with pytest.raises(WeightsError, match=r"window.kernel holds numbers that are not finite"):
        load_weights(path)


@pytest.mark.parametrize("dtype", ["I32", "BF16"])
def test_numbers_of_another_kind_are_named(path, dtype):
    header, data = read_file(path)
    entry = header["mixture.bias"]
    entry["dtype"] = dtype
    if dtype == "BF16":  # half as many bytes: let every later tensor begin earlier
        start, end = entry["data_offsets"]
        cut = (end - start) // 2
        data = data[: end - cut] + data[end:]
        for name, other in header.items():
            if name != "__metadata__" and other["data_offsets"][0] >= end:
                other["data_offsets"] = [offset - cut for offset in other["data_offsets"]]
        entry["data_offsets"][1] -= cut
    write_file(path, header, data)
    with pytest.raises(WeightsError, match=r"mixture.bias holds"):
        load_weights(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "scribe-weights/2"}, "format 'scribe-weights/2'; this version reads 'scribe-weights/1'"),
        ({"format": None}, "format"),
        ({"architecture": None}, "architecture is missing"),
        ({"architecture": "{"}, "architecture is not JSON"),
        ({"architecture": "[]"}, "must be a JSON object"),
        ({"architecture": "[" * 100_000}, "architecture is not JSON"),
        ({"architecture": '{"units": 12}'}, "architecture: it has units"),
        ({"architecture": '{"units": 12, "layers": 3, "window": 2, "mixtures": 3, "heads": 8}'}, "heads"),
        ({"architecture": '{"units": -12, "layers": 3, "window": 2, "mixtures": 3}'}, "units is -12"),
        ({"architecture": '{"units": 12, "layers": 1000000000, "window": 2, "mixtures": 3}'}, "layers is 1000000000"),
        ({"architecture": '{"units": true, "layers": 3, "window": 2, "mixtures": 3}'}, "units is True"),
        ({"architecture": '{"units": 12.0, "layers": 3, "window": 2, "mixtures": 3}'}, "units is 12.0"),
        ({"architecture": '{"units": 12, "layers": 3, "window": 2, "mixtures": 3, "peepholes": 1}'}, "peepholes"),
        ({"architecture": '{"units": 12, "layers": 3, "window": 2, "mixtures": 3, "parity": 1}'}, "parity"),
        (
            {"architecture": '{"units": 12, "layers": 3, "window": 0, "mixtures": 3, "parity": true}'},
            "no parity without",
        ),
        ({"architecture": '{"units": 12, "layers": 3, "window": 2, "mixtures": 3, "cell": "rnn"}'}, "'rnn'"),
        ({"architecture": '{"units": 12, "layers": 3, "window": 2, "mixtures": 3, "cell": ["lstm"]}'}, "not known"),
        ({"alphabet": ""}, "alphabet"),
        ({"alphabet": "aa"}, "alphabet"),
        ({"alphabet": "abc"}, "lstm1.kernel has shape"),
        ({"offset_scale": None}, "offset_scale is missing"),
        ({"offset_scale": "wide"}, "offset_scale is not a number: 'wide'"),
        ({"offset_scale": "nan"}, "offset_scale is nan"),
        ({"offset_scale": "0"}, "offset_scale is 0"),
        ({"points_per_character": "-3"}, "points_per_character is -3"),
        ({"provenance": "[1]"}, "provenance"),
    ],
)
def test_bad_metadata_is_named(path, changes, message):
    with_metadata(path, **changes)
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_without_metadata(path):
    header, data = read_file(path)
    del header["__metadata__"]
    write_file(path, header, data)
    with pytest.raises(WeightsError, match=FORMAT):
        load_weights(path)


def test_another_alphabet_travels_with_the_weights(tmp_path):
    weights = random_weights(alphabet=Alphabet("aäöü ß"), units=3)
    save_weights(tmp_path / "a.safetensors", weights)
    assert load_weights(tmp_path / "a.safetensors").alphabet == Alphabet("aäöü ß")
