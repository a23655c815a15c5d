"""The page "Graves, line by line": from ``graves.toml`` to ``book/graves.md``.

    python book/_tools/graves.py           write the page
    python book/_tools/graves.py check     is it what the table says, and the table what code and tests say?

Code and tests are read, not imported: a function is found by its name, and what it cites by its docstring, where
``Graves eq. 46`` or ``Graves eqs. 1 to 3, 52 and 53`` are citations.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BOOK = Path(__file__).parents[1]
ROOT = BOOK.parent
TABLE = Path(__file__).with_name("graves.toml")
PAGE = BOOK / "graves.md"
LAST = 62
"""The last equation of the paper."""

COLUMNS = ("equations", "section", "formula", "says", "code", "shapes", "tests")
CITATION = re.compile(r"Graves,?\s+eqs?\.\s+((?:\d+(?:\s+to\s+\d+)?(?:,\s+(?:and\s+)?|\s+and\s+)?)+)")

SECTIONS = {
    "2": "Section 2: the prediction network",
    "2.1": "Section 2.1: long short-term memory",
    "4.1": "Section 4.1: mixture density outputs",
    "4.2": "Section 4.2: experiments",
    "5.1": "Section 5.1: the synthesis network",
    "5.3": "Section 5.3: unbiased sampling",
    "5.4": "Section 5.4: biased sampling",
    "5.5": "Section 5.5: primed sampling",
}

HEAD = """\
# Graves, line by line

Every equation of sections 4 and 5 of *Generating Sequences With Recurrent Neural Networks* {cite}`graves2013`, and
those of section 2 that they stand on: what it says, the code that computes it, the shapes of what that takes and
gives, and the test that holds the code to it. The letters are those of the [notation](notation.md), which also says
where the code has another sign or another order than the paper. In shapes, `U` is the units of a layer, as in the
code, and `...` any number of axes in front.

This page is made from a table. A test compares the table with the code: each function and each test that it names is
there, and each function whose documentation cites an equation stands here with that equation.

"""

COUNTED = """\
The numbers were compared with a transcription of the paper. Those of equations {numbers} were not printed in it;
they are counted, as six equations stand in this order between (31) and (38).

"""


def table() -> dict[str, list[dict]]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def citations(text: str) -> set[int]:
    """The numbers of the equations that a text cites."""
    numbers: set[int] = set()
    for found in CITATION.findall(text):
        for first, last in re.findall(r"(\d+)(?:\s+to\s+(\d+))?", found):
            numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def _definitions(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield f"{prefix}.{node.name}", ast.get_docstring(node) or ""
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node.body, f"{prefix}.{node.name}")


def public(package: Path = ROOT / "scribe") -> dict[str, str]:
    """The docstrings of all public functions, classes and methods, by full name."""
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        found.update(_definitions(ast.parse(path.read_text(encoding="utf-8")).body, module))
    return found


def known_tests(folder: Path = ROOT / "tests") -> dict[str, int]:
    """How often each test is defined, by file and name."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = f"{path.name}::{node.name}"
                found[name] = found.get(name, 0) + 1
    return found


def complaints(rows: list[dict], unused: list[dict], documented: dict[str, str], known: dict[str, int]) -> list[str]:
    """What does not fit between the table, the docstrings of the package and the names of its tests."""
    wrong = []
    stands: dict[str, set[int]] = {}
    for row in rows:
        name = f"the row of {row.get('equations') or row.get('formula')}"
        missing = [column for column in COLUMNS if not row.get(column) and column != "equations"]
        if missing or "equations" not in row:
            wrong.append(f"{name} lacks {', '.join(missing) or 'equations'}")
        if row.get("section") not in SECTIONS:
            wrong.append(f"{name} is of section {row.get('section')}, which has no title")
        for function in row.get("code", []):
            stands.setdefault(function, set()).update(row.get("equations", []))
            if function not in documented:
                wrong.append(f"{name} names {function}, which is not there")
        for test in row.get("tests", []):
            if known.get(test) != 1:
                wrong.append(f"{name} names {test}, which is there {known.get(test, 0)} times")
    for function, docstring in documented.items():
        cited, listed = citations(docstring), stands.get(function, set())
        if cited - listed:
            wrong.append(f"{function} cites {sorted(cited - listed)} and does not stand there in the table")
        if listed - cited:
            wrong.append(f"{function} stands in the table for {sorted(listed - cited)} and does not cite it")
    numbers = [number for row in rows + unused for number in row.get("equations", [])]
    if sorted(numbers) != list(range(1, LAST + 1)):
        odd = [n for n in range(1, max([*numbers, LAST]) + 1) if numbers.count(n) != (n <= LAST)]
        wrong.append(f"equations 1 to {LAST} should stand in the table once each; look at {odd}")
    used = [number for row in rows for number in row.get("equations", [])]
    if used != sorted(used):
        wrong.append("the rows are not in the order of their equations")
    return wrong


def _address() -> str:
    return re.search(r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]


def _role(name: str, documented: dict[str, str]) -> str:
    last = name.rsplit(".", 1)[1]
    owner = name.rsplit(".", 1)[0] in documented
    kind = "meth" if owner else "class" if last[0].isupper() else "func"
    shown = ".".join(name.split(".")[-2:]) if owner else name.removeprefix("scribe.")
    return f"{{py:{kind}}}`{shown} <{name}>`"


def _test(name: str, address: str) -> str:
    file, function = name.split("::")
    words = function.removeprefix("test_").replace("_", " ")
    return f"[{words}]({address}/blob/main/tests/{file}) (`{file}`)"


def _numbers(numbers: Sequence[int]) -> str:
    return f"{numbers[0]} to {numbers[-1]}"


def page(rows: list[dict], unused: list[dict], documented: dict[str, str]) -> str:
    """The text of ``book/graves.md``."""
    address = _address()
    text = "<!-- Made by book/_tools/graves.py from book/_tools/graves.toml: change those. -->\n\n" + HEAD
    counted = [number for row in rows if row.get("counted") for number in row["equations"]]
    if counted:
        text += COUNTED.format(numbers=_numbers(counted))
    section = ""
    for row in rows:
        if row["section"] != section:
            section = row["section"]
            text += f"## {SECTIONS[section]}\n\n"
        numbers = ", ".join(map(str, row["equations"]))
        mark = f" \\tag{{{numbers}}}" if numbers else ""
        code = ", ".join(_role(name, documented) for name in row["code"])
        held = ", ".join(_test(test, address) for test in row["tests"])
        text += f"$${row['formula']}{mark}$$\n\n{row['says']}\n\n"
        text += f"- **Code:** {code}\n- **Shapes:** {row['shapes']}\n- **Tests:** {held}\n\n"
    text += "## Not used\n\n"
    for row in unused:
        text += f"- Equations {_numbers(row['equations'])}: {row['why']}.\n"
    return text


def main(arguments: Sequence[str]) -> int:
    found, documented = table(), public()
    wrong = complaints(found["row"], found["unused"], documented, known_tests())
    text = page(found["row"], found["unused"], documented)
    if arguments == ["check"]:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
            wrong.append("book/graves.md is not what the table says; python book/_tools/graves.py makes it anew")
    elif not wrong:
        PAGE.write_text(text, encoding="utf-8")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
