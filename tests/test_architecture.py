"""Imports go one way: a module imports only from rooms above its own, in the order that CONTRIBUTING and README say."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "scribe").rglob("*.py"))
    if "data" not in path.parts
}
# The table of rooms: the name of each, and its modules.
ROWS = re.findall(r"^\| ([a-z ]+) \| (`.+?) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M)
# The package's front door and back door, which only pass names on.
DOORS = {"scribe", "scribe.__main__"}


def rooms() -> dict[str, int]:
    """Every room, a file or a folder of scribe/, with the number of its row in the table of CONTRIBUTING.md."""
    return {name.strip("/"): i for i, (_, row) in enumerate(ROWS) for name in re.findall(r"`([\w/]+(?:\.py)?)`", row)}


def room(module: str) -> str:
    first = module.split(".")[1]
    return f"{first}.py" if (ROOT / f"scribe/{first}.py").exists() else first


def imports(source: str) -> set[str]:
    """The modules of this package that some source imports anywhere: at the top, in a function or for types alone."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "scribe":
            for name in node.names:
                longer = f"{node.module}.{name.name}"
                found.add(longer if longer in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] == "scribe"}
    return found


def private(source: str) -> set[str]:
    """Names with an underscore that some source takes from other modules of this package."""
    tree, modules, taken = ast.parse(source), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "scribe":
            taken |= {f"{node.module}.{n.name}" for n in node.names if re.match("_(?!_)", n.name)}
            modules |= {n.asname or n.name for n in node.names if f"{node.module}.{n.name}" in MODULES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and re.match("_(?!_)", node.attr):
            taken |= {f"{node.value.id}.{node.attr}"} if node.value.id in modules else set()
    return taken


IMPORTS = {name: imports(path.read_text(encoding="utf-8")) for name, path in MODULES.items() if name not in DOORS}


def test_imports_and_private_names_are_found_wherever_they_are():
    source = """
from scribe import draw
from scribe.ink import Ink
if TYPE_CHECKING:
    from scribe.mdn import MixtureParameters
def late():
    import scribe.writer
    from scribe.draw.svg import _path as path
    draw._hidden, self._own, path.__name__
"""
    assert imports(source) == {"scribe.draw", "scribe.ink", "scribe.mdn", "scribe.writer", "scribe.draw.svg"}
    assert private(source) == {"scribe.draw.svg._path", "draw._hidden"}


def test_every_module_has_a_room_and_every_room_is_there():
    known = rooms()
    missing = {room(name) for name in IMPORTS} - set(known)
    assert not missing, f"give these a row in the table of CONTRIBUTING.md: {', '.join(sorted(missing))}"
    assert not [name for name in known if not (ROOT / "scribe" / name).exists()]


def test_a_module_imports_only_from_rooms_above_its_own():
    row = rooms()
    wrong = [
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        for other in others - DOORS
        if row[room(other)] > row[room(module)]
    ]
    assert not wrong


def test_no_imports_go_round_in_a_circle():
    waiting = {module: {other for other in others if other != module} for module, others in IMPORTS.items()}
    while free := [module for module, others in waiting.items() if not others & waiting.keys()]:
        for module in free:
            del waiting[module]
    assert not waiting


def test_nobody_uses_what_is_private_to_another_module():
    wrong = {name: found for name, path in MODULES.items() if (found := private(path.read_text(encoding="utf-8")))}
    assert not wrong


def test_the_readme_tells_the_same_order():
    told = re.search(r"The rooms of `scribe/`: ([^.]+)\.", (ROOT / "README.md").read_text(encoding="utf-8"))[1]
    assert [name.strip() for name in " ".join(told.split()).split("→")] == [name for name, _ in ROWS]
