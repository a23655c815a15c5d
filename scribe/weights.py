"""Weights of a network, with everything that is needed to use them, in one file without pickle.

The file is a `safetensors` file, readable from Python, JavaScript and others. Its tensors have the
names and shapes of :meth:`Architecture.shapes`; its metadata hold the architecture, the alphabet,
the scale of the offsets, the licence and where the weights come from. In half precision, and where letters and marks
were learned apart, the layers' kernels have a row for each of these in place of one for each character, and the entry
``rows`` says ``parts``: that is half as many for the letters of Europe (:func:`rows_of_parts`).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scribe.alphabet import Alphabet
from scribe.cells import CELLS
from scribe.files import replacing

__all__ = [
    "FORMAT",
    "LATER",
    "Architecture",
    "LayerWeights",
    "NetworkWeights",
    "Weights",
    "WeightsError",
    "available_weights",
    "load_weights",
    "rows_of_parts",
    "save_weights",
    "with_rows_of_codes",
]

FORMAT = "scribe-weights/1"
_SUFFIX = ".safetensors"
_SAME = 1e-3  # of the largest weight: what half precision leaves between a row and the sum of its parts, and no more
_POINT = 3  # dx, dy, pen_up
LARGEST = 1e4
"""Neither the scale of offsets nor the points per character come near it; a line would have no end."""
_SIZES = {
    "units": (1, 65536),
    "layers": (1, 64),
    "window": (0, 1024),
    "mixtures": (1, 1024),
    "condition": (0, 65536),
}


LATER = ("condition", "height", "parity")
"""What a network may see that the weights it begins with do not know: that begins without influence."""


class WeightsError(ValueError):
    """The file does not hold weights that this version can use; the message names the tensor or the entry."""


class Sizes(Protocol):
    """The sizes of any network of this package: a dataclass of whole numbers, and the tensors that they make."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, by name, for so many codes, end of text or blank included."""
        ...


@dataclass(frozen=True)
class Architecture:
    """The sizes of a network.

    ``window`` is the number of Gaussians over the text: 0 for a prediction network, which writes
    without text. ``mixtures`` is the number of Gaussians for the next point. ``cell`` is one of
    :data:`scribe.cells.CELLS`. ``condition`` is the length of a vector that stays the same along a
    line, such as that of a hand; 0 for a network that takes none. ``height`` says whether each layer also sees how high
    the pen stands above the baseline. From offsets alone a network can only guess it, and its lines wander. ``parity``
    says whether the window also shows if it stands at an even place of the text (1) or at an odd one (-1). From letters
    alone a network can't tell the second of two equal ones from the first, and writes "......" as it comes.

    Raises:
        WeightsError: if a size is not a whole number in its range, or the cell is not known.
    """

    units: int
    layers: int
    window: int
    mixtures: int
    peepholes: bool = False
    cell: str = "lstm"
    condition: int = 0
    height: bool = False
    parity: bool = False

    def __post_init__(self) -> None:
        check_sizes(self, _SIZES)
        for name in ("peepholes", "height", "parity"):
            if type(getattr(self, name)) is not bool:
                raise WeightsError(f"architecture: {name} is {getattr(self, name)!r}; it must be true or false")
        if not isinstance(self.cell, str) or self.cell not in CELLS:
            known = " and ".join(CELLS)
            raise WeightsError(f"architecture: the cell {self.cell!r} is not known; this version knows {known}")
        if self.parity and not self.window:
            raise WeightsError("architecture: there's no parity without a window over a text")
        if self.peepholes and not CELLS[self.cell].peepholes:
            raise WeightsError(f"architecture: the gates of the cell {self.cell!r} have no peepholes")

    def seen(self, codes: int) -> int:
        """How many numbers the window shows: one for each of so many codes, and the parity if there is one."""
        return codes + self.parity if self.window else 0

    @property
    def inputs(self) -> int:
        """Numbers that each layer sees of a point: the offset, the pen, and the height if there is one."""
        return _POINT + self.height

    def layer_names(self, layer: int) -> dict[str, str]:
        """The names of a layer's tensors, made here and nowhere else; the first layer is 1.

        The keys say what each is: ``kernel``, ``recurrent``, ``bias``, and ``peephole`` and ``condition`` if there
        are any.
        """
        return {part: f"{self.cell}{layer}.{part}" for part in self._layer_shapes(0)}

    def rows_of_codes(self, kernel: np.ndarray, count: int) -> tuple[int, int]:
        """Where the rows of so many codes, or of what they're made of, lie in a layer's kernel: first and stop."""
        stop = len(kernel) - int(self.parity)
        return stop - count, stop

    def _layer_shapes(self, inputs: int) -> dict[str, tuple[int, ...]]:
        return CELLS[self.cell].shapes(inputs, self.units, self.peepholes, self.condition)

    def shapes(self, codes: int) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor, by name, for an alphabet of so many codes (end of text included).

        Layer 1 sees the point and the window; each later layer sees the point, the layer below and
        the window; the mixture sees all layers. What is constant along a line goes to every layer.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        window = self.seen(codes)
        for layer in range(1, self.layers + 1):
            inputs = self.inputs + window + (self.units if layer > 1 else 0)
            names = self.layer_names(layer)
            shapes |= {names[part]: shape for part, shape in self._layer_shapes(inputs).items()}
        if self.window:
            shapes["window.kernel"] = (self.units, 3 * self.window)
            shapes["window.bias"] = (3 * self.window,)
        shapes["mixture.kernel"] = (self.layers * self.units, 1 + 6 * self.mixtures)
        shapes["mixture.bias"] = (1 + 6 * self.mixtures,)
        return shapes


@dataclass(frozen=True, eq=False)
class NetworkWeights:
    """What the weights of any network of this package hold: its arrays by name, read-only and float32, and more.

    Attributes:
        arrays: what the architecture's ``shapes`` list; any floating type is taken and made float32.
        offset_scale: ink units per network unit: the network sees ``dx / offset_scale``.
        points_per_character: of the writing the network learned from, for how far it may go on.
        provenance: anything that JSON can hold: corpus, updates, losses.

    Raises:
        WeightsError: if an array is missing, superfluous, of another shape or not finite, or an
            entry makes no sense.
    """

    arrays: Mapping[str, np.ndarray]
    architecture: Sizes
    alphabet: Alphabet
    offset_scale: float
    points_per_character: float
    name: str = ""
    licence: str = ""
    attribution: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    NUMBERS: ClassVar[tuple[str, ...]] = ("offset_scale", "points_per_character")
    """The entries that are a number greater than 0."""

    def __post_init__(self) -> None:
        for entry in self.NUMBERS:
            number = float(getattr(self, entry))
            if not 0 < number < LARGEST:
                raise WeightsError(f"{entry} is {number!r}; it must be a number greater than 0, below {LARGEST:g}")
            object.__setattr__(self, entry, number)
        shapes = self.architecture.shapes(self.alphabet.size)
        check_shapes({name: array.shape for name, array in self.arrays.items()}, shapes)
        arrays = {name: _prepared(name, self.arrays[name]) for name in shapes}
        object.__setattr__(self, "arrays", MappingProxyType(arrays))

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    @property
    def size(self) -> int:
        """The number of weights, all arrays together."""
        return sum(array.size for array in self.arrays.values())


class LayerWeights(NamedTuple):
    """The weights of one recurrent layer; see :mod:`scribe.cells` for their shapes."""

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    peephole: np.ndarray | None = None
    condition: np.ndarray | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Weights(NetworkWeights):
    """A network that writes; see :class:`NetworkWeights`."""

    architecture: Architecture

    def layer(self, number: int) -> LayerWeights:
        """The weights of a recurrent layer; the first is 1."""
        return LayerWeights(**{part: self[name] for part, name in self.architecture.layer_names(number).items()})

    def __repr__(self) -> str:
        a = self.architecture
        return f"Weights({self.name!r}, {self.size:,} weights: {a.layers} layers of {a.units}, window {a.window})"


def check_sizes(architecture: Sizes, ranges: Mapping[str, tuple[int, int]]) -> None:
    """Raise a :class:`WeightsError` that names the first size that is not a whole number from the least to the most."""
    for name, (least, most) in ranges.items():
        size = getattr(architecture, name)
        if type(size) is not int or not least <= size <= most:
            raise WeightsError(f"architecture: {name} is {size!r}; it must be a whole number from {least} to {most}")


def check_shapes(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Raise a :class:`WeightsError` that names the first tensor that is missing, superfluous or of another shape."""
    for name, shape in expected.items():
        if name not in found:
            raise WeightsError(f"the tensor {name} of shape {shape} is missing")
        if tuple(found[name]) != shape:
            raise WeightsError(f"the tensor {name} has shape {tuple(found[name])}; the architecture asks for {shape}")
    for name in found:
        if name not in expected:
            raise WeightsError(f"the tensor {name} has no place in the architecture")


def _prepared(name: str, array: np.ndarray) -> np.ndarray:
    """A float32 copy that nobody can change."""
    if array.dtype.kind != "f":
        raise WeightsError(f"the tensor {name} holds {array.dtype}; it must hold floating-point numbers")
    with np.errstate(over="ignore"):
        array = np.array(array, np.float32, order="C")
    if not np.isfinite(array).all():
        raise WeightsError(f"the tensor {name} holds numbers that are not finite")
    array.setflags(write=False)
    return array


def save_weights(path: str | os.PathLike[str], weights: Weights, half: bool = False) -> None:
    """Write weights to one file: all of it, or the old file stays.

    Args:
        half: keep the numbers as float16, in half the space, and the rows of letters and marks in place of all
            characters', if they were learned apart. About three digits of each remain.

    Raises:
        WeightsError: if a number is too large for float16.
        OSError: if the folder cannot be written.
    """
    apart = rows_of_parts(weights) if half else {}
    save_network(path, FORMAT, weights, half, apart, {"rows": "parts"} if apart else {})


def rows_of_parts(weights: Weights) -> dict[str, np.ndarray]:
    """The layers' kernels with rows for letters and marks, if the rows of all characters are sums of such; else none.

    Weights that learned letters and marks apart (:attr:`scribe.alphabet.Alphabet.parts`) have them so, but for the
    rounding of their files.
    """
    parts, found = weights.alphabet.parts.astype(np.float64), {}
    if not weights.architecture.window or parts.shape[0] == parts.shape[1]:
        return {}
    for layer in range(1, weights.architecture.layers + 1):
        name = weights.architecture.layer_names(layer)["kernel"]
        kernel = weights[name]
        first, stop = weights.architecture.rows_of_codes(kernel, len(parts))
        rows = kernel[first:stop].astype(np.float64)
        of_parts = np.linalg.lstsq(parts, rows, rcond=None)[0]
        if np.abs(parts @ of_parts - rows).max() > _SAME * np.abs(rows).max():
            return {}
        found[name] = np.concatenate([kernel[:first], of_parts.astype(np.float32), kernel[stop:]])
    return found


def with_rows_of_codes(
    arrays: Mapping[str, np.ndarray], architecture: Architecture, alphabet: Alphabet
) -> dict[str, np.ndarray]:
    """The arrays with a row for each character in the layers' kernels, where those of letters and marks are given."""
    whole, parts = dict(arrays), alphabet.parts
    for layer in range(1, architecture.layers + 1):
        name = architecture.layer_names(layer)["kernel"]
        kernel = np.asarray(arrays[name], np.float32)
        first, stop = architecture.rows_of_codes(kernel, parts.shape[1])
        whole[name] = np.concatenate([kernel[:first], parts @ kernel[first:stop], kernel[stop:]])
    return whole


def save_network(
    path: str | os.PathLike[str],
    format: str,
    weights: NetworkWeights,
    half: bool,
    instead: Mapping[str, np.ndarray] = MappingProxyType({}),
    entries: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the weights of any network to one file of a format; the errors are those of :func:`save_weights`.

    Args:
        instead: tensors to write in place of those of the same name.
        entries: more metadata.
    """
    metadata = {
        "format": format,
        "name": weights.name,
        "architecture": json.dumps(asdict(weights.architecture)),
        "alphabet": weights.alphabet.characters,
        **{name: repr(getattr(weights, name)) for name in weights.NUMBERS},
        "licence": weights.licence,
        "attribution": weights.attribution,
        "provenance": json.dumps(dict(weights.provenance)),
        **entries,
    }
    tensors = {**weights.arrays, **instead}
    if half:
        with np.errstate(over="ignore"):
            tensors = {name: array.astype(np.float16) for name, array in tensors.items()}
        for name, array in tensors.items():
            if not np.isfinite(array).all():
                raise WeightsError(f"the tensor {name} holds numbers too large for float16")
    data = save(tensors, metadata)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def available_weights(format: str = FORMAT) -> list[str]:
    """The names of the weights that come with the package: of those that write, or of another format."""
    folder = resources.files("scribe") / "weights"
    if not folder.is_dir():
        return []
    names = []
    for file in folder.iterdir():
        if file.name.endswith(_SUFFIX):
            with resources.as_file(file) as path, contextlib.suppress(SafetensorError), safe_open(path, "np") as opened:
                if (opened.metadata() or {}).get("format") == format:
                    names.append(file.name.removesuffix(_SUFFIX))
    return sorted(names)


def load_weights(name_or_path: str | os.PathLike[str]) -> Weights:
    """Read weights from a file, or those that come with the package by their bare name.

    A text without a folder and without the ending ``.safetensors`` is a name: ``"default"``.

    Raises:
        FileNotFoundError: if there is no such file or name; the message lists the names there are.
        WeightsError: if the file is damaged, of another version, or does not fit its architecture.
    """
    return load_network(name_or_path, FORMAT, Weights, Architecture, with_rows_of_codes)


Network = TypeVar("Network", bound=NetworkWeights)


def load_network(
    name_or_path: str | os.PathLike[str],
    format: str,
    kind: type[Network],
    architecture: type[Sizes],
    from_parts: Callable[[Mapping[str, np.ndarray], Any, Alphabet], dict[str, np.ndarray]] | None = None,
) -> Network:
    """Read the weights of any network from a file of a format; the errors are those of :func:`load_weights`.

    Args:
        from_parts: makes all arrays from those of a file whose ``rows`` are ``parts``; without it there are none such.
    """
    with WeightsFile.open(name_or_path, format) as file:
        sizes = file.architecture(architecture)
        alphabet = file.alphabet()
        rows = file.text("rows")
        if rows not in ("", "parts") or (rows and from_parts is None):
            raise WeightsError(f"the entry rows says {rows!r}, which is not known here")
        if rows and from_parts is not None:
            arrays = from_parts(file.tensors(sizes.shapes(alphabet.parts.shape[1])), sizes, alphabet)
        else:
            arrays = file.tensors(sizes.shapes(alphabet.size))
        return kind(
            arrays=arrays,
            architecture=sizes,
            alphabet=alphabet,
            name=file.text("name"),
            licence=file.text("licence"),
            attribution=file.text("attribution"),
            provenance=file.json("provenance", "{}"),
            **{name: file.number(name) for name in kind.NUMBERS},
        )


class WeightsFile:
    """An open file of weights of one format, whose entries are checked as they are read."""

    def __init__(self, file: safe_open, format: str) -> None:
        self._file = file
        self._metadata = file.metadata() or {}
        if self._metadata.get("format") != format:
            said = self._metadata.get("format", "nothing")
            raise WeightsError(f"it says format {said!r}; this version reads {format!r}")

    @classmethod
    @contextlib.contextmanager
    def open(cls, name_or_path: str | os.PathLike[str], format: str) -> Iterator[WeightsFile]:
        """The file of that name or path; any error that is raised while it is open names it."""
        with _path(name_or_path, format) as path:
            try:
                with safe_open(path, framework="np") as file:
                    yield cls(file, format)
            except SafetensorError as error:
                raise WeightsError(f"{path} cannot be read as weights: {error}") from error
            except WeightsError as error:
                raise WeightsError(f"{path} cannot be used: {error}") from error

    def tensors(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
        """All tensors. Shapes are compared before anything is read: a wrong file costs no memory."""
        names = self._file.keys()
        check_shapes({name: tuple(self._file.get_slice(name).get_shape()) for name in names}, shapes)
        return {name: _tensor(self._file, name) for name in names}

    def text(self, name: str) -> str:
        """An entry that may be missing."""
        return self._metadata.get(name, "")

    def entry(self, name: str) -> str:
        """An entry that must be there."""
        if name not in self._metadata:
            raise WeightsError(f"the entry {name} is missing from the metadata")
        return self._metadata[name]

    def json(self, name: str, default: str | None = None) -> dict[str, Any]:
        """An entry that is a JSON object."""
        try:
            value = json.loads(self.entry(name) if default is None else self._metadata.get(name, default))
        except WeightsError:
            raise
        except (ValueError, RecursionError) as error:
            raise WeightsError(f"the entry {name} is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise WeightsError(f"the entry {name} must be a JSON object")
        return value

    def architecture(self, kind: type[Sizes]) -> Sizes:
        """The sizes of the network, which must be those of its kind."""
        sizes = self.json("architecture")
        known = [f.name for f in fields(kind)]
        needed = {f.name for f in fields(kind) if f.default is MISSING}
        if not needed <= set(sizes) <= set(known):
            raise WeightsError(f"architecture: it has {', '.join(sizes) or 'nothing'}; it must have {', '.join(known)}")
        return kind(**sizes)

    def alphabet(self) -> Alphabet:
        try:
            return Alphabet(self.entry("alphabet"))
        except WeightsError:
            raise
        except ValueError as error:
            raise WeightsError(f"the entry alphabet cannot be used: {error}") from error

    def number(self, name: str) -> float:
        text = self.entry(name)
        try:
            return float(text)
        except ValueError as error:
            raise WeightsError(f"the entry {name} is not a number: {text!r}") from error


@contextlib.contextmanager
def _path(name_or_path: str | os.PathLike[str], format: str) -> Iterator[Path]:
    """The path of a file, or of the weights of that name that come with the package."""
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and Path(text).name == text and not text.endswith(_SUFFIX):
        file = resources.files("scribe") / "weights" / (text + _SUFFIX)
        if not file.is_file():
            names = ", ".join(available_weights(format)) or "none"
            raise FileNotFoundError(f"there are no weights named {text!r}; those that come with scribe are: {names}")
        with resources.as_file(file) as path:
            yield path
        return
    path = Path(text)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file of weights at {path}")
    yield path


def _tensor(file: safe_open, name: str) -> np.ndarray:
    try:
        return file.get_tensor(name)
    except (TypeError, AttributeError) as error:  # a type that NumPy lacks, such as bfloat16
        raise WeightsError(f"the tensor {name} holds numbers of a type that NumPy cannot read: {error}") from error
