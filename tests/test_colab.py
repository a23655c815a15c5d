"""Colab: badges, install cells and versions; and the one address that they all repeat."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

nbformat = pytest.importorskip("nbformat")

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_tools"))
import address  # noqa: E402
import chapters as tools  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = address.name(address.current())
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def colab():
    """What Colab has installed: name and version."""
    rows = (ROOT / ".ci/colab.txt").read_text().splitlines()
    found = [Requirement(row) for row in rows if row and not row.startswith("#")]
    assert all(len(row.specifier) == 1 and next(iter(row.specifier)).operator == "==" for row in found)
    return {row.name: next(iter(row.specifier)).version.replace("*", "0") for row in found}


# --- Versions ---------------------------------------------------------------------------------------------------


def test_installing_scribe_on_colab_changes_nothing_that_is_there():
    """Pip leaves a package alone if its version satisfies what is asked for."""
    versions = colab()
    assert versions == {"tensorflow": "2.20.0", "keras": "3.13.0", "numpy": "2.1.0", "ipywidgets": "7.7.1"}
    extras = PROJECT["optional-dependencies"]
    wanted = [Requirement(r) for r in [*PROJECT["dependencies"], *extras["train"], *extras["book"]]]
    met = {r.name for r in wanted if r.name in versions and r.specifier.contains(versions[r.name])}
    assert met == set(versions)
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.12.0")


def test_what_only_writes_asks_for_no_deep_learning_library():
    core = {Requirement(r).name for r in PROJECT["dependencies"]}
    assert not core & {"tensorflow", "keras", "ipywidgets", "torch", "jax", "jupyter", "notebook"}
    assert all(not Requirement(r).specifier or ">=" in r for r in PROJECT["dependencies"])


def test_the_weekly_job_runs_the_chapters_with_colabs_python():
    workflow = (ROOT / ".github/workflows/colab.yml").read_text()
    assert 'python-version: "3.13"' in workflow
    assert "run: .ci/colab" in workflow
    script = ROOT / ".ci/colab"
    lines = script.read_text()
    assert "set -euo pipefail" in lines
    assert "SCRIBE_QUICK=1" in lines
    assert ".ci/colab.txt" in lines
    for name in re.findall(r"tests/test_\{([\w,]+)\}\.py", lines)[0].split(","):
        assert (ROOT / f"tests/test_{name}.py").is_file(), name
    if os.name != "nt":
        assert script.stat().st_mode & stat.S_IXUSR
        assert subprocess.run(["bash", "-n", str(script)]).returncode == 0


# --- Install cells and badges -----------------------------------------------------------------------------------


def pip_complaints(source):
    """What is wrong with the lines of a cell that install something."""
    wrong = []
    for name, value in re.findall(r'^\s*(\w+) = "(.*)"$', source, re.M):
        source = source.replace(f"{{{name}}}", value)  # as IPython does
    for line in re.findall(r"^\s*[%!]\s*(?:\w+ -m )?(pip\b.*)$", source, re.M):
        if re.search(
            r"\s(?:-U|-[a-zA-Z]*U[a-zA-Z]*|--upgrade\S*|--force-reinstall|--ignore-installed|-I|--pre)\b", line
        ):
            wrong.append(f"it may change what is installed: {line}")
        quoted = re.findall(r"[\"']([^\"']+)[\"']", line)
        if not re.match(r"pip install ", line) or len(quoted) != 1:
            wrong.append(f"it does not install one package: {line}")
            continue
        requirement = Requirement(quoted[0])
        if requirement.name != PROJECT["name"] or requirement.url != f"git+{address.current()}":
            wrong.append(f"it installs something else: {line}")
        if requirement.extras - {"train"}:
            wrong.append(f"it installs what Colab has no use for: {line}")
    return wrong


@each_notebook
def test_install_cells_leave_alone_what_colab_has(path):
    cells = tools.code_cells(tools.read(path))
    assert cells[0].source.strip() == tools.COLAB_CELL.strip()
    assert "remove-output" in tools.tags(cells[0])
    assert not [wrong for cell in cells for wrong in pip_complaints(cell.source)]


@each_notebook
def test_a_notebook_has_the_badge_that_opens_it(path):
    text = "\n".join(cell.source for cell in tools.read(path).cells if cell.cell_type == "markdown")
    badges = re.findall(r"https://colab\.research\.google\.com/[^\s)\"'>]+", text)
    assert tools.badge(path) in badges
    for badge in badges:
        assert badge.startswith(f"https://colab.research.google.com/github/{NAME}/blob/main/")
        assert (ROOT / badge.split("/blob/main/")[1]).is_file(), badge


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%pip install -q 'GOOD'", None),
        ("    !pip install 'GOOD'", None),
        ("!python -m pip install -q 'GOOD'", None),
        ("%pip install -qU 'GOOD'", "may change"),
        ("%pip install --upgrade 'GOOD'", "may change"),
        ("%pip install --force-reinstall 'GOOD'", "may change"),
        ("%pip install -q 'keras==3.15'", "something else"),
        ("%pip install -q keras", "does not install one"),
        ("%pip uninstall -y 'keras'", "does not install one"),
        ("%pip install -q 'NAME @ git+https://github.com/somebody/else'", "something else"),
        ("%pip install -q 'NAME[dev] @ URL'", "no use for"),
    ],
)
def test_other_install_cells_are_noticed(line, said):
    url = f"git+{address.current()}"
    line = line.replace("GOOD", "NAME @ URL").replace("NAME", PROJECT["name"]).replace("URL", url)
    wrong = pip_complaints(line)
    assert any(said in w for w in wrong) if said else not wrong


# --- The address ------------------------------------------------------------------------------------------------


def test_everything_that_looks_like_the_address_is_the_address():
    """The same owner or the same distribution, and another address: that is an old one, or a slip."""
    owner = NAME.split("/")[0]
    wrong = []
    for path, text in address.texts(ROOT):
        for found in re.finditer(rf"{address.HOSTS}/({re.escape(owner)}/[\w.-]*\w)", text):
            if found[1].removesuffix(".git") != NAME:
                wrong.append(f"{path.relative_to(ROOT)}: {found[0]}")
        for found in re.finditer(rf"{re.escape(PROJECT['name'])} @ git\+(https?://[\w./-]*\w)", text):
            if found[1] != address.current() and "somebody" not in found[1]:
                wrong.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert not wrong


def test_links_into_the_repository_lead_to_files_that_are_there():
    wrong = []
    for path, text in address.texts(ROOT):
        for name in re.findall(rf"{address.HOSTS}/{re.escape(NAME)}/(?:blob/|raw/|tree/)?main/([\w./-]*\w)", text):
            if not (ROOT / name).exists():
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://github.com/{}", True),
        ("https://github.com/{}.", True),
        ("git+https://github.com/{}.git", True),
        ("[a](https://github.com/{}/blob/main/README.md)", True),
        ("https://raw.githubusercontent.com/{}/main/x.svg", True),
        ("https://colab.research.google.com/github/{}/blob/main/book/a.ipynb", True),
        ("https://github.com/{}-lab", False),
        ("https://github.com/{}.js", False),
        ("https://github.com/x{}", False),
        ("https://example.com/{}", False),
    ],
)
def test_mentions_are_found(text, found):
    assert bool(address.mentions(NAME).search(text.format(NAME))) == found


@pytest.mark.parametrize(
    "url", ["", "scribe", "http://github.com/a/b", "https://github.com/a", "https://gitlab.com/a/b"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(address.AddressError, match=r"like https://github\.com"):
        address.name(url)


OTHER = "some-body/hand.writing"  # written without its host, or it would be found here as well


@pytest.fixture
def copy(tmp_path):
    for path, _ in address.texts(ROOT):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return tmp_path


def test_one_command_changes_the_address_everywhere(copy):
    before = {path: path.read_bytes() for path, _ in address.texts(copy)}
    mentioned = sum(len(address.mentions(NAME).findall(text)) for _, text in address.texts(copy))
    assert mentioned > 20
    changed = address.change(f"https://github.com/{OTHER}/", copy)

    assert address.current(copy) == f"https://github.com/{OTHER}"
    after = [text for _, text in address.texts(copy)]
    assert not [text for text in after if address.mentions(NAME).search(text)]
    assert sum(len(address.mentions(OTHER).findall(text)) for text in after) == mentioned
    names = {path.relative_to(copy).as_posix() for path in changed}
    assert {"README.md", "_config.yml", "pyproject.toml", "book/index.md", "book/graves.md"} <= names
    for path in NOTEBOOKS:
        notebook = nbformat.read(copy / "book" / path.name, as_version=4)
        assert f"git+https://github.com/{OTHER}" in tools.code_cells(notebook)[0].source
        old = tools.read(path)
        belonged = old.metadata.get("scribe", {}).get("code") == tools.code_hash(old)
        assert (notebook.metadata.get("scribe", {}).get("code") == tools.code_hash(notebook)) == belonged

    address.change(address.current(), copy)
    assert {path: path.read_bytes() for path, _ in address.texts(copy)} == before


def test_outputs_that_did_not_belong_to_their_code_still_do_not(copy):
    path = copy / "book" / NOTEBOOKS[0].name
    text = path.read_text(encoding="utf-8")
    record = nbformat.reads(text, as_version=4).metadata["scribe"]["code"]
    path.write_text(text.replace(record, "0" * 64), encoding="utf-8")
    address.change(f"https://github.com/{OTHER}", copy)
    assert nbformat.read(path, as_version=4).metadata["scribe"]["code"] == "0" * 64


def test_the_command_says_where_the_address_stands(capsys):
    assert address.main([]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == address.current()
    assert "README.md" in said
    assert address.main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
