"""Weights for a page, and the page around them: what ``scribe export --format web`` writes.

The scripts in ``scribe/page`` write in the reader's browser. They read weights from a script too, because a page that
was opened as a file may load scripts and nothing else. Such a file holds one assignment::

    (globalThis.scribeWeights ??= {})["anyone"] = {"format": "scribe-web/1", ...};

====================  ============================================================================================
entry                 what it is
====================  ============================================================================================
architecture          as in the ``.safetensors`` file (:class:`scribe.weights.Architecture`); so are ``name``,
                      ``licence``, ``attribution``, ``offset_scale``, ``points_per_character``
alphabet              its characters, in the order of their codes
stand_ins             for characters that are not in it: what to write in their place
data, bytes, crc32    all numbers, little-endian, in base64; how many bytes they are, and their checksum
tensors               ``{"name", "shape", "type", "at"}``: ``at`` counts bytes; types are
                      ``f32``; ``f16``; ``i16``, whole numbers times ``scale``; ``i8``, whole numbers times
                      a scale for each run of ``run`` columns of a row, the scales being ``f32`` at ``scales``;
                      ``r``, whole numbers times a scale for each row, ``f16`` at ``scales``, packed from ``at`` on
                      (:mod:`scribe.page.packing`) in runs of ``run`` columns, whose tables are bytes at ``kinds``
tables                of numbers that are packed: ``{"first", "counts"}``
parts                 for each code the numbers of the rows that add up to its own, if letters and their marks were
                      learned apart (:attr:`scribe.alphabet.Alphabet.parts`): in place of the rows of all codes, the
                      layers' kernels then have those of the parts, half as many for the letters of Europe; else None
later                 which of these parts have their rows in a script of their own: those that only characters beyond
                      ASCII are made of. They are a twelfth of all bytes, and most texts do without them. If there are
                      any, the ink of styles is there as well
styles                ``{"name", "text", "tensor"}``: ink as offsets ``(T, 3)``
hands                 ``{"name", "description", "z"}``: vectors of hands, for weights that take them
hand_reader           the fingerprint of the reader of hands whose vectors they are
prior                 ``{"mean", "axes"}`` of people's hands, to draw one by chance; None without hands
====================  ============================================================================================

That other script, the rest of the alphabet, assigns ``scribeAlphabets`` with ``tensors``, ``tables``, ``data``,
``bytes`` and ``crc32``: of each of the layers' kernels the rows of the parts ``later``, under its name, and styles.

What is kept with how many digits: the matrices of the layers and of the mixture, all but a hundredth of the numbers,
as ``r``, rounded where it costs least (:mod:`scribe.page.rounding`); the window's as ``f16``; biases as ``f32``.
With the weights ``anyone`` this costs .0045 nats per point of people's held-out ink (96 lines of 12 characters and more
of UNIPEN's validation writers, each told the hand that is read from the line itself; drawn with seed 0), and .0048 with
192 lines. The steps were chosen on these lines. Packed with gzip, the weights come over the line in 1.17 MB, 1.05 of
them without the rest of the alphabet. With each number rounded alone, to one of 91 letters, it was 1.74 MB with the
weights before these. What is written is read no worse: 882 characters wrong of 10,653, where all digits make 942 (the
text list, bias 1, no hand, seeds 0 to 2, the shipped reader). ``default`` loses .018 of 1.61 nats with ink from fonts,
and 911 characters are wrong in place of 877, which three seeds can't tell apart.
"""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib import resources
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from scribe.alphabet import LOOK_ALIKES, TYPED, Alphabet
from scribe.hands import HandReader, named_hands
from scribe.ink import Ink
from scribe.page.light import picture, pictures_script, recorded_line, recording_script
from scribe.page.packing import WIDEST, packed, tables_of
from scribe.page.rounding import rounded_matrices
from scribe.reader import Reader
from scribe.styles import Style, available_styles, load_style
from scribe.weights import NetworkWeights, Weights, WeightsError, load_weights, rows_of_parts, with_rows_of_codes
from scribe.writer import Writer

__all__ = [
    "FIGURE",
    "FORMAT",
    "MAP",
    "PAD",
    "SCRIPTS",
    "STUDIO",
    "data_of",
    "element",
    "hand_pictures",
    "live_html",
    "live_model",
    "module",
    "pad_html",
    "rounded",
    "shipped_hands",
    "shipped_styles",
    "split_weights",
    "standalone_page",
    "web_hand_reader",
    "web_reader",
    "web_weights",
]

FORMAT = "scribe-web/1"

LOADED = (
    "scribe-network.js",
    "scribe-service.js",
    "scribe-ink.js",
    "scribe-mind.js",
    "scribe-reading.js",
    "scribe-hands.js",
)
"""The scripts of ``scribe/page`` that are loaded when the figure is used."""

LETTERS = ("scribe-proofread.js", "scribe-sheet.js", "scribe-files.js", "scribe-desk.js")
"""Those that are loaded besides when the studio is used."""

PAD = ("scribe-load.js", "scribe-pad.js")
"""Those that a page with a field to write in begins with, in this order."""

FIGURE = (*PAD, "scribe-choice.js", "scribe-element.js")
"""Those that a page with a figure begins with, in this order."""

STUDIO = (*PAD, "scribe-choice.js", "scribe-studio.js")
"""Those that a page with a studio begins with."""

MAP = (*PAD, "scribe-choice.js", "scribe-map.js")
"""Those that a page with a map of hands begins with."""

SCRIPTS = (*LOADED, *LETTERS, *dict.fromkeys(FIGURE + STUDIO + MAP))
"""All of them, in an order in which they can stand in one page."""

NUMBERS = ("packed", "float32")

_INK_STEP = 1 / 1024
_RECORDED = 36  # characters of a text, at most, that are recorded


class _Tensor(NamedTuple):
    """An array as it is stored: whole numbers and scales, or numbers with fewer digits."""

    kind: str
    values: np.ndarray
    scales: np.ndarray | None = None  # (rows, runs) or (rows, 1)

    def rows(self, which: np.ndarray) -> _Tensor:
        """Some of its rows, by their numbers."""
        return _Tensor(self.kind, self.values[which], None if self.scales is None else self.scales[which])

    @property
    def restored(self) -> np.ndarray:
        """What the page makes of it, float32."""
        if self.scales is None:
            return self.values.astype(np.float32)
        rows, runs = self.scales.shape
        parts = self.values.reshape(rows, runs, -1).astype(np.float32) * self.scales[..., None].astype(np.float32)
        return parts.reshape(self.values.shape)


def _stored(weights: Weights, numbers: str) -> dict[str, _Tensor]:
    """How each array is stored, by name."""
    if numbers not in NUMBERS:
        raise ValueError(f"numbers are kept as {' or '.join(NUMBERS)}, not as {numbers!r}")
    if numbers == "float32":
        return {name: _Tensor("f32", array) for name, array in weights.arrays.items()}
    apart = rows_of_parts(weights)
    stored = {}
    few = rounded_matrices(weights, apart)
    for name, array in weights.arrays.items():
        if name in few and np.abs(few[name].whole).max() <= WIDEST:
            stored[name] = _Tensor("r", few[name].whole, few[name].steps[:, None])
        elif array.ndim < 2:
            stored[name] = _Tensor("f32", array)
        else:
            stored[name] = _halves(apart.get(name, array))
    return stored


def _halves(array: np.ndarray) -> _Tensor:
    """A matrix in half precision, if its numbers are not too large for that."""
    with np.errstate(over="ignore"):
        halves = array.astype(np.float16)
    return _Tensor("f16", halves) if np.isfinite(halves).all() else _Tensor("f32", array)


def _runs(array: np.ndarray, count: int) -> _Tensor:
    """A matrix as whole numbers, with a scale for each of so many parts of a row."""
    parts = array.reshape(len(array), count, -1)
    scales = np.abs(parts).max(axis=-1) / np.float32(127)
    whole = np.round(parts / np.where(scales == 0, 1, scales)[..., None]).astype(np.int8)
    return _Tensor("i8", whole.reshape(array.shape), scales.astype(np.float32))


def _placed(name: str, stored: _Tensor, blob: _Blob) -> dict[str, Any]:
    """Put a tensor among the bytes; what a page must know to find it."""
    entry: dict[str, Any] = {"name": name, "shape": list(stored.values.shape), "type": stored.kind}
    entry["at"] = blob.add(stored.values)
    if stored.scales is not None:
        entry["run"] = stored.values.shape[1] // stored.scales.shape[1]
        entry["scales"] = blob.add(stored.scales)
    return entry


def _all_placed(weights: Weights, stored: Mapping[str, _Tensor], blob: _Blob) -> dict[str, Any]:
    """Put tensors among the bytes: their entries, and the tables that those share which are packed."""
    few = _packed(weights, {name: one for name, one in stored.items() if one.kind == "r"}, blob)
    few["tensors"] += [_placed(name, one, blob) for name, one in stored.items() if one.kind != "r"]
    return few


def _packed(weights: Weights, chosen: Mapping[str, _Tensor], blob: _Blob) -> dict[str, Any]:
    """Put tensors ``r`` among the bytes: their entries, and the tables that they share."""
    if not chosen:
        return {"tensors": [], "tables": []}
    # The parts of a layer's cell have each a spread of its own.
    a = weights.architecture
    widths = dict.fromkeys(chosen, a.units) | {"mixture.kernel": 1 + 6 * a.mixtures}
    runs = [tensor.values.reshape(-1, widths[name]) for name, tensor in chosen.items()]
    kinds, tables = tables_of(runs)
    tensors = []
    for (name, tensor), numbers, kind in zip(chosen.items(), runs, kinds, strict=True):
        entry = {"name": name, "shape": list(tensor.values.shape), "type": "r", "run": widths[name]}
        entry["at"] = blob.add(np.frombuffer(packed(numbers, kind, tables), np.uint8))
        entry["scales"] = blob.add(np.asarray(tensor.scales))
        entry["kinds"] = blob.add(kind.astype(np.uint8))
        tensors.append(entry)
    return {"tensors": tensors, "tables": [table._asdict() for table in tables]}


def rounded(weights: Weights, numbers: str = "packed") -> Weights:
    """The weights as a page has them, to measure what the missing digits cost."""
    arrays = {name: tensor.restored for name, tensor in _stored(weights, numbers).items()}
    if numbers != "float32" and rows_of_parts(weights):
        arrays = with_rows_of_codes(arrays, weights.architecture, weights.alphabet)
    return replace(weights, arrays=arrays)


def _without_letters(
    weights: Weights, stored: Mapping[str, _Tensor]
) -> tuple[dict[str, _Tensor], dict[str, _Tensor], list[int]]:
    """The tensors without the rows of parts that only characters beyond ASCII have, these rows, and their parts."""
    a, parts = weights.architecture, weights.alphabet.parts
    common = np.array([character.isascii() for character in [*weights.alphabet.characters, ""]])
    later = np.flatnonzero(~parts[common].any(axis=0))
    base, rest = dict(stored), {}
    for layer in range(1, a.layers + 1):
        name = a.layer_names(layer)["kernel"]
        first, _ = a.rows_of_codes(stored[name].values, parts.shape[1])
        base[name] = stored[name].rows(np.delete(np.arange(len(stored[name].values)), first + later))
        rest[name] = stored[name].rows(first + later)
    return base, rest, later.tolist()


class _Blob:
    """Bytes one after the other, each array from a multiple of four on."""

    def __init__(self) -> None:
        self.data = bytearray()

    def content(self) -> dict[str, Any]:
        """What a script has of it."""
        return {
            "bytes": len(self.data),
            "crc32": zlib.crc32(self.data),
            "data": base64.b64encode(self.data).decode(),
        }

    def add(self, array: np.ndarray) -> int:
        at = len(self.data)
        self.data += np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        self.data += bytes(-len(self.data) % 4)
        return at


def web_weights(
    weights: Weights | str = "anyone",
    *,
    numbers: str = "packed",
    styles: Mapping[str, Style | tuple[Ink, str]] | None = None,
    name: str | None = None,
) -> str:
    """The text of a script that gives weights to a page, with their whole alphabet.

    Args:
        weights: or their name, or the path of a file.
        numbers: ``"packed"`` as the module says, or ``"float32"`` for all digits.
        styles: by name, each ink and what it says; those that come with scribe if ``None``.
        name: under which the page finds them; that of the weights if ``None``.

    Raises:
        WeightsError: if the text of a style has characters that the weights do not know.
    """
    return "".join(split_weights(weights, numbers=numbers, styles=styles, name=name))


def split_weights(
    weights: Weights | str = "anyone",
    *,
    numbers: str = "packed",
    styles: Mapping[str, Style | tuple[Ink, str]] | None = None,
    name: str | None = None,
) -> tuple[str, str]:
    """:func:`web_weights` in two scripts: what ASCII needs, and the rest of the alphabet, "" if none is apart."""
    if not isinstance(weights, Weights):
        weights = load_weights(weights)
    blob, stored = _Blob(), _stored(weights, numbers)
    apart = any(len(one.values) != len(weights[key]) for key, one in stored.items())
    stored, rest, later = _without_letters(weights, stored) if apart else (stored, {}, [])
    placed, more = _all_placed(weights, stored, blob), _all_placed(weights, rest, rest_blob := _Blob())
    inks, ink_blob = (more, rest_blob) if later else (placed, blob)
    listed = []
    for style, (ink, text) in (shipped_styles(weights) if styles is None else styles).items():
        unknown = set(text) - set(weights.alphabet.characters)
        if unknown:
            raise WeightsError(f"the style {style!r} says {sorted(unknown)[0]!r}, which the weights cannot write")
        inks["tensors"].append(_ink_tensor(f"style.{style}", ink, ink_blob))
        listed.append({"name": style, "text": text, "tensor": f"style.{style}"})
    content = {
        "format": FORMAT,
        "name": weights.name,
        "architecture": asdict(weights.architecture),
        "alphabet": weights.alphabet.characters,
        "stand_ins": _stand_ins(weights.alphabet),
        "offset_scale": weights.offset_scale,
        "points_per_character": weights.points_per_character,
        "licence": weights.licence,
        "attribution": weights.attribution,
        "styles": listed,
        "hands": (hands := shipped_hands(weights)),
        "hand_reader": next(iter(named_hands().values())).hand.reader if hands else "",
        "prior": _prior() if hands else None,
        "parts": [np.flatnonzero(row).tolist() for row in weights.alphabet.parts] if apart else None,
        "later": later,
        **placed,
        **blob.content(),
    }
    key = _script_json(weights.name if name is None else name)
    script = f"(globalThis.scribeWeights ??= {{}})[{key}] = {_script_json(content)};\n"
    if not later:
        return script, ""
    return script, f"(globalThis.scribeAlphabets ??= {{}})[{key}] = {_script_json(more | rest_blob.content())};\n"


def _ink_tensor(name: str, ink: Ink, blob: _Blob) -> dict[str, Any]:
    """Ink as whole multiples of 1/1024 body height. Positions are rounded, not steps, so that errors do not add up."""
    points = np.round(ink.points[:, :2] / _INK_STEP)
    whole = np.zeros((len(ink), 3))
    whole[:, :2] = np.diff(points, axis=0, prepend=np.zeros((1, 2)))
    whole[:, 2] = ink.offsets[:, 2] / _INK_STEP
    if np.abs(whole).max(initial=0) > np.iinfo(np.int16).max:  # a jump of more than 32 body heights
        return {"name": name, "shape": list(whole.shape), "type": "f32", "at": blob.add(ink.offsets)}
    entry = {"name": name, "shape": list(whole.shape), "type": "i16", "scale": _INK_STEP}
    return {**entry, "at": blob.add(whole.astype(np.int16))}


def shipped_styles(weights: Weights) -> dict[str, Style]:
    """The styles that come with scribe, as far as these weights can read them."""
    known = set(weights.alphabet.characters)
    chosen = {name: load_style(name, weights.points_per_character) for name in available_styles()}
    return {name: style for name, style in chosen.items() if known.issuperset(style.text)}


def shipped_hands(weights: Weights) -> list[dict[str, Any]]:
    """The hands that come with scribe, if these weights take vectors of their size."""
    return [
        {"name": name, "description": one.description, "z": [round(float(v), 4) for v in one.hand.z]}
        for name, one in named_hands().items()
        if len(one.hand.z) == weights.architecture.condition
    ]


def _prior() -> dict[str, Any]:
    prior = HandReader.load().prior
    return {"mean": prior.mean.round(4).tolist(), "axes": prior.axes.round(4).tolist()}


def web_hand_reader() -> str:
    """The text of a script with the reader of hands, for weights that take them: large tensors as ``i8``, 0.4 MB."""
    weights = HandReader.load().weights
    return _reader_script("hands", weights, {"reader": weights.fingerprint})


def web_reader(reader: Reader | None = None) -> str:
    """The text of a script with a reader of texts, for the studio: large tensors as ``i8``, 1 MB.

    Args:
        reader: the one that comes with scribe if ``None``.
    """
    weights = (Reader.load() if reader is None else reader).weights
    return _reader_script("text", weights, {"alphabet": weights.alphabet.characters})


def _reader_script(key: str, weights: NetworkWeights, more: dict[str, Any]) -> str:
    blob, tensors = _Blob(), []
    for name, array in weights.arrays.items():
        if not name.startswith("prior."):
            if array.ndim < 2:
                stored = _Tensor("f32", array)
            elif name.startswith("lstm"):
                stored = _runs(array, 4)
            else:
                stored = _halves(array)
            tensors.append(_placed(name, stored, blob))
    content = {
        "architecture": asdict(weights.architecture),
        **more,
        "offset_scale": weights.offset_scale,
        "tensors": tensors,
        **blob.content(),
    }
    return f'(globalThis.scribeReaders ??= {{}})["{key}"] = {_script_json(content)};\n'


def hand_pictures(weights: Weights | str = "anyone") -> list[dict[str, Any]]:
    """A small picture of each hand that a page offers with these weights: its name, written in it, or its own ink."""
    if not isinstance(weights, Weights):
        weights = load_weights(weights)
    hands = shipped_hands(weights)
    if not hands:
        return [{"name": name, **picture(style.ink, widest=8)} for name, style in shipped_styles(weights).items()]
    vectors = [np.float32(one["z"]) for one in hands]
    inks = Writer(weights).write_many([one["name"] for one in hands], hand=vectors, bias=0.75, seed=1)
    return [{k: one[k] for k in ("name", "description")} | picture(ink) for one, ink in zip(hands, inks, strict=True)]


def _stand_ins(alphabet: Alphabet) -> dict[str, str]:
    known = set(alphabet.characters)
    nearest = {c: alphabet.normalised(c) for c in TYPED}
    plain = LOOK_ALIKES | {c: near for c, near in nearest.items() if known.issuperset(near)}
    return {c: near for c, near in plain.items() if c not in known and known.issuperset(near)}


def _script_json(value: object) -> str:
    """JSON that may stand in a script in a page, where ``</script>`` would end it."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _script(name: str) -> str:
    return (resources.files("scribe") / "page" / name).read_text(encoding="utf-8")


def element(
    text: str = "",
    content: str = "",
    *,
    bias: float | None = None,
    rule: str | None = None,
    hand: str | None = None,
    guidance: float | None = None,
    seed: int | None = None,
    speed: float | None = None,
    show: Sequence[str] | str | None = None,
    cell: str | None = None,
    weights: str | None = None,
    recording: str | None = None,
    identifier: str | None = None,
) -> str:
    """The HTML of a live figure: ``<scribe-writer ...>content</scribe-writer>``.

    Args:
        content: HTML that stands there as long as nothing is written: a still picture, a sentence.
        hand: the name of a hand or a style, or its number, from 1 on.
        guidance: how many times the hand counts, 1 to 2.5; by default 1, and 1.5 for the reader's own.
        speed: points per second.
        show: any of ``"pen"``, ``"window"``, ``"ghosts"``, ``"lens"`` and ``"cells"``.
        cell: what the ink of a line that is done is coloured by, in place of its letters: ``"forget gate 3 17"`` is
            that of number 17 (from 0) in layer 3.
        weights: their name.
        recording: the name of a line that is written as soon as the figure is seen; see :mod:`scribe.page.light`.
        identifier: for links that set the figure: ``#scribe:identifier?text=...``.
    """
    shown = " ".join([show] if isinstance(show, str) else show) if show is not None else None
    attributes = {
        "id": identifier,
        "text": text,
        "bias": bias,
        "rule": rule,
        "hand": hand,
        "guidance": guidance,
        "seed": seed,
        "speed": speed,
        "show": shown,
        "cell": cell,
        "weights": weights,
        "recording": recording,
    }
    written = "".join(f' {k}="{html.escape(str(v))}"' for k, v in attributes.items() if v is not None)
    return f"<scribe-writer{written}>{content}</scribe-writer>"


def module(scripts: Sequence[str] = SCRIPTS) -> str:
    """The text of an ES module of scripts of this folder, which is an anywidget too: ``export default { render }``.

    Args:
        scripts: all by default; :data:`PAD` are enough for a field to write in.
    """
    functions = [name for name in map(_function, scripts) if name]
    shared = f"Object.assign(globalThis, {{ {', '.join(functions)} }});\n"
    return "".join(map(_script, scripts)) + shared + _script("scribe-widget.js")


def _function(name: str) -> str:
    """The function that a script consists of: ``scribeInk`` for ``scribe-ink.js``; "" if it runs by itself."""
    first, *words = name.removesuffix(".js").split("-")
    function = first + "".join(map(str.title, words))
    return function if f"\nfunction {function}(" in _script(name) else ""


def data_of(scripts: str) -> dict[str, dict[str, Any]]:
    """What scripts of data assign, for a page that can be handed it: by variable, and by name."""
    assigned = re.findall(r'^\(globalThis\.(\w+) \?\?= \{\}\)\[("[^"]*")\] = (.*);$', scripts, re.M)
    found: dict[str, dict[str, Any]] = {}
    for variable, name, value in assigned:
        found.setdefault(variable, {})[json.loads(name)] = json.loads(value)
    return found


def pad_html(identifier: str, width: int = 640, height: int = 200) -> str:
    """A field to write in with all it needs: ``<scribe-pad>`` and its scripts."""
    scripts = "".join(f"<script>\n{_script(name)}</script>\n" for name in PAD)
    return f'<scribe-pad id="{html.escape(identifier)}" width="{width}" height="{height}"></scribe-pad>\n{scripts}'


def live_html(text: str = "", *, weights: Weights | str = "anyone", studio: bool = False, **look: Any) -> str:
    """A live figure with all it needs: scripts, weights, and a recording of its text, which is written at first sight.

    It asks nothing of any server and loads nothing.

    Args:
        studio: whether a studio, which writes letters, comes after the figure, under a heading of its own.
        look: as for :func:`element`.
    """
    name, data, look = _live_data(text, weights, studio, look)
    names = SCRIPTS if studio else (*LOADED, *FIGURE)
    scripts = "".join(f"<script>\n{script}</script>\n" for script in [*data, *map(_script, names)])
    desk = f'<h2>A letter</h2>\n<scribe-studio weights="{name}"></scribe-studio>\n' if studio else ""
    return element(text, weights=name, **look) + "\n" + desk + scripts


def _live_data(
    text: str, weights: Weights | str, studio: bool, look: dict[str, Any]
) -> tuple[str, list[str], dict[str, Any]]:
    """The name under which a page finds weights, the scripts of its data, and its look, with the recording."""
    given = weights.name if isinstance(weights, Weights) else PurePath(weights).stem
    name = re.sub(r"[^\w-]+", "-", given, flags=re.ASCII) or "weights"
    if not isinstance(weights, Weights):
        weights = load_weights(weights)
    data = [web_weights(weights, name=name), pictures_script({name: hand_pictures(weights)})]
    if weights.architecture.condition:
        data.append(web_hand_reader())
    if studio:
        data.append(web_reader())
    recorded = weights.alphabet.replace_unknown(weights.alphabet.normalised(text)).strip()
    if recorded and weights.architecture.window:
        bias = look.get("bias")
        recording = recorded_line(recorded[:_RECORDED], weights=weights, bias=0.75 if bias is None else bias)
        data.append(recording_script({name: recording}))
        look = {"recording": name, **look}
    return name, data, look


def live_model(
    text: str = "", *, weights: Weights | str = "anyone", studio: bool = False, **look: Any
) -> dict[str, Any]:
    """What the model of a widget has: ``kind``, ``attributes`` and ``data``; see ``scribe-widget.js``.

    Args:
        studio: whether it's a studio instead of a figure.
        look: as for :func:`element`.
    """
    name, data, look = _live_data(text, weights, studio, look)
    shown = look.get("show")
    look["show"] = shown if shown is None or isinstance(shown, str) else " ".join(shown)
    attributes = {"text": text, "weights": name, **{key: value for key, value in look.items() if value is not None}}
    return {"kind": "studio" if studio else "figure", "attributes": attributes, "data": data_of("".join(data))}


def standalone_page(text: str = "", *, weights: Weights | str = "anyone", title: str = "Scribe", **look: Any) -> str:
    """A page of its own, in one file, that writes without a server and without the network: a figure and a studio."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n"
        "<style>:root { color-scheme: light dark; } "
        "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }</style>\n"
        f"</head>\n<body>\n<main>\n<h1>{html.escape(title)}</h1>\n"
        + live_html(text, weights=weights, studio=True, **look)
        + "<noscript><p>This page writes by hand, and it needs JavaScript for that.</p></noscript>\n"
        "</main>\n</body>\n</html>\n"
    )
