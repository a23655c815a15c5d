"""What the API pages need beyond Sphinx' autodoc: a small extension, named in ``_config.yml``.

The pages in ``book/api/`` name the modules; everything on them comes from the docstrings. Keras is not loaded for it,
so that the book builds quickly and where it is not installed.
"""

from __future__ import annotations

import inspect
import re
import sys
from types import ModuleType
from typing import Any

FIELD = re.compile(r"^    (\w+): [^#\n]*#\s*(.+)$", re.M)


class Keras(ModuleType):
    """Stands in for Keras while ``scribe.training`` is imported: whatever is asked for, it has.

    Autodoc's own ``autodoc_mock_imports`` does this while a module is imported and not while the documentation of
    inherited attributes is looked for.
    """

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        # Names of classes begin with a capital, and are what classes of ours inherit from.
        value = type(name, (), {"__module__": "keras"}) if name[0].isupper() else Keras(name)
        setattr(self, name, value)
        return value

    def __call__(self, *arguments: object, **options: object) -> object:
        """A decorator that changes nothing, for ``@register_keras_serializable(...)``."""
        return lambda thing: thing


def fields(named_tuple: type) -> dict[str, str]:
    """What the comments beside the fields of a named tuple say: mostly shapes."""
    try:
        return dict(FIELD.findall(inspect.getsource(named_tuple)))
    except OSError:
        return {}


def skip(app: Any, what: str, name: str, thing: object, skipped: bool, options: Any) -> bool | None:
    """Leave out what a module only passes on, and fields of named tuples of which nothing is said."""
    module = app.env.temp_data.get("autodoc:module")
    if what == "module" and (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__ != module:
        return True
    if what == "class" and type(thing).__name__ == "_tuplegetter":
        return name not in fields(getattr(sys.modules[module], app.env.temp_data["autodoc:class"]))
    return None


def describe(app: Any, what: str, name: str, thing: object, options: Any, lines: list[str]) -> None:
    """Put the comment beside a field of a named tuple in the place of "Alias for field number 0"."""
    if what == "property" or not lines or not lines[0].startswith("Alias for field number"):
        return
    owner, field = name.rsplit(".", 1)
    module, _, named_tuple = owner.rpartition(".")
    found = getattr(__import__(module, fromlist=["_"]), named_tuple)
    comment = fields(found).get(field, "")
    # A shape, in brackets up to a colon or the end, is code.
    comment = re.sub(r"^(\([^:]*?\))(?=:|$|, )", r"``\1``", comment)
    lines[:] = [comment, ""]


def setup(app: Any) -> dict[str, bool]:
    sys.modules["keras"] = Keras("keras")
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", describe)
    return {"parallel_read_safe": True}
