"""The appendices: Graves line by line, the API pages, data and licences, the bibliography."""

import ast
import copy
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_tools"))
import chapters as tools  # noqa: E402
import graves  # noqa: E402

TABLE = graves.table()
DOCUMENTED = graves.public()
TESTS = graves.known_tests()
REPOSITORY = tools.REPOSITORY


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# --- Graves, line by line ---------------------------------------------------------------------------------------


def test_the_table_of_equations_agrees_with_code_and_tests():
    assert graves.complaints(TABLE["row"], TABLE["unused"], DOCUMENTED, TESTS) == []


def test_the_page_of_equations_is_made_from_the_table():
    assert read("book/graves.md") == graves.page(TABLE["row"], TABLE["unused"], DOCUMENTED)


def test_the_tests_named_beside_equations_are_among_those_that_run(request):
    running = {item.nodeid.split("[")[0].removeprefix("tests/") for item in request.session.items}
    files = {name.split("::")[0] for name in running}
    named = {test for row in TABLE["row"] for test in row["tests"]}
    assert {TESTS.get(test) for test in named} == {1}
    options = request.config.option
    if request.config.args == ["tests"] and not (options.keyword or options.markexpr or options.deselect):  # a full run
        assert {test for test in named if test.split("::")[0] in files} <= running


def test_the_numbers_in_comments_beside_the_code_are_those_of_the_table():
    """``# eq. 57`` in the code of a function: the function stands in the table for that equation."""
    found = 0
    for name in ("lstm", "mdn", "window"):
        source = read(f"scribe/{name}.py")
        for node in ast.parse(source).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            code = "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
            stands = {
                n for row in TABLE["row"] if f"scribe.{name}.{node.name}" in row["code"] for n in row["equations"]
            }
            for numbers in re.findall(r"#.*?\b[Ee]qs?\. (\d+(?:, \d+)*)", code):
                for number in map(int, numbers.split(", ")):
                    found += 1
                    # Z, equation 25, is computed once more on the way back.
                    assert number in stands | {25, 28, 29}, (node.name, number)
    assert found >= 15


def test_equations_that_the_chapters_cite_stand_in_the_table():
    numbers = {n for row in TABLE["row"] + TABLE["unused"] for n in row["equations"]}
    cited = set()
    for path in tools.chapters():
        cited |= graves.citations("\n".join(cell.source for cell in tools.read(path).cells))
    assert {7, 11, 46, 51} <= cited
    assert cited <= numbers


def test_the_way_back_is_the_six_derivatives_of_the_page():
    """Equations 32 to 37 as the page prints them, against the gradient: with one Gaussian its responsibility is 1."""
    from scribe import mdn

    rng = np.random.default_rng(0)
    y, point = rng.normal(0, 0.5, 7), np.array([0.3, -0.4, 1.0])
    mu, sigma, rho = y[2:4], np.exp(y[4:6]), mdn.RHO_LIMIT * np.tanh(y[6])
    (a, b), c = (point[:2] - mu) / sigma, 1 / (1 - rho**2)
    z = a**2 + b**2 - 2 * rho * a * b
    printed = [
        c / sigma[0] * (a - rho * b),
        c / sigma[1] * (b - rho * a),
        c * a * (a - rho * b) - 1,
        c * b * (b - rho * a) - 1,
        a * b + rho * (1 - c * z),
    ]
    ours = -mdn.loss_gradient(y, point, 1)[2:]
    slope = (mdn.RHO_LIMIT**2 - rho**2) / mdn.RHO_LIMIT / (1 - rho**2)  # of 0.999 tanh, in the place of tanh
    np.testing.assert_allclose(ours, np.array(printed) * [1, 1, 1, 1, slope], rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Graves eq. 46", {46}),
        ("(Graves, eqs. 24 and 25)", {24, 25}),
        ("One step is Graves eqs. 1 to 3, 52 and 53: all skips", {1, 2, 3, 52, 53}),
        ("Graves et al. (2006), equations 5 to 16", set()),
        ("two citations, Graves eq. 61 and Graves\n    eq. 62", {61, 62}),
    ],
)
def test_citations_are_read(text, numbers):
    assert graves.citations(text) == numbers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[3].pop("shapes"), "lacks shapes"),
        (lambda rows: rows[3].update(says=""), "lacks says"),
        (lambda rows: rows[3].update(section="9"), "no title"),
        (lambda rows: rows[3].update(code=["scribe.mdn.splat"]), "names scribe.mdn.splat, which is not there"),
        (lambda rows: rows[3].update(code=["scribe.mdn.mean"]), "scribe.mdn.split cites [4]"),
        (lambda rows: rows[3].update(code=["scribe.mdn.mean"]), "scribe.mdn.mean stands in the table for [4]"),
        (lambda rows: rows[3].update(tests=["test_mdn.py::test_nothing"]), "is there 0 times"),
        (lambda rows: rows.pop(3), "look at [4]"),
        (lambda rows: rows.append(copy.deepcopy(rows[3])), "look at [4]"),
        (lambda rows: rows.insert(0, rows.pop(3)), "order"),
    ],
)
def test_a_wrong_table_is_noticed(change, said):
    rows = copy.deepcopy(TABLE["row"])
    change(rows)
    wrong = graves.complaints(rows, TABLE["unused"], DOCUMENTED, TESTS)
    assert any(said in complaint for complaint in wrong), wrong


# --- API reference ----------------------------------------------------------------------------------------------

API = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book/api").glob("*.md"))}


def modules():
    """All public modules, but for the checkers of the chapters and what only passes names on; the command is one."""
    yield "scribe.cli", read("scribe/cli/__init__.py")
    for path in sorted((ROOT / "scribe").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if path.stem.startswith("_") or {"data", "cli"} & set(path.parts) or re.fullmatch(r"chapter\d\d", path.stem):
            continue
        yield name, path.read_text(encoding="utf-8")


def names_of(source):
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    return None


def test_every_module_stands_in_the_reference_once():
    listed = [name for text in API.values() for name in re.findall(r"automodule:: (\S+)", text)]
    assert len(listed) == len(set(listed))
    missing = {name for name, _ in modules()} - set(listed)
    assert not missing, f"these modules need a section on a page in book/api/: {', '.join(sorted(missing))}"
    assert not set(listed) - {name for name, _ in modules()}


def test_the_first_page_of_the_reference_lists_all_modules():
    first = read("book/api.md")
    for path, text in API.items():
        row = next(line for line in first.splitlines() if f"(api/{path.name})" in line)
        assert [name for name, _ in re.findall(r"<?~?(scribe(?:\.\w+)+)>?(`)", row)] == re.findall(
            r"automodule:: (\S+)", text
        )


def test_headings_of_the_reference_name_their_modules():
    for text in API.values():
        assert re.findall(r"^## `(.+)`$", text, re.M) == re.findall(r"automodule:: (\S+)", text)


def test_public_functions_and_classes_say_what_they_are():
    silent = []
    for module, source in modules():
        names = names_of(source)
        for node in ast.parse(source).body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and names and node.name in names
            if public and not ast.get_docstring(node):
                silent.append(f"{module}.{node.name}")
    assert not silent


def test_what_docstrings_refer_to_is_there():
    known = set(DOCUMENTED)
    for module, source in modules():
        known |= {module, module.rsplit(".", 1)[0]}
        known |= {f"{module}.{name}" for name in re.findall(r"^([A-Z][A-Z_0-9]*)\b.*=", source, re.M)}
        known |= {f"{module}.{name}" for name in names_of(source) or ()}
    ends = {".".join(name.split(".")[i:]) for name in known for i in range(len(name.split(".")))}
    wrong = []
    for module, source in modules():
        for target in re.findall(
            r":(?:py:)?(?:func|class|meth|mod|data|attr|exc):`(?:[^`<]*<)?[~.]?([\w.]+)>?`", source
        ):
            if target not in ends and not target.startswith("_"):
                wrong.append(f"{module}: {target}")
    assert not wrong


def test_docstrings_are_well_formed():
    """Sphinx would say so too, but only when the book is built."""
    pytest.importorskip("sphinx.ext.napoleon")
    from docutils.core import publish_doctree
    from docutils.parsers.rst import roles
    from sphinx.ext.napoleon import Config, GoogleDocstring

    for role in ("func", "class", "meth", "mod", "data", "attr", "exc"):
        roles.register_local_role(role, lambda *a, **k: ([], []))
    docstrings = {**DOCUMENTED, **{name: ast.get_docstring(ast.parse(source)) or "" for name, source in modules()}}
    wrong = []
    for name, docstring in docstrings.items():
        text = str(GoogleDocstring(docstring, Config(napoleon_use_ivar=True)))
        tree = publish_doctree(text, settings_overrides={"report_level": 2, "halt_level": 5, "warning_stream": False})
        messages = tree.findall(lambda node: node.tagname == "system_message" and node["level"] >= 2)
        wrong += [f"{name}: {message.astext()}" for message in messages]
    assert not wrong


def test_comments_beside_fields_of_named_tuples_become_their_documentation():
    pytest.importorskip("sphinx")
    import api_reference

    from scribe.lstm import LSTMCache
    from scribe.mdn import MixtureParameters

    assert api_reference.fields(LSTMCache)["hs"] == "(T + 1, ..., U)"
    lines = ["Alias for field number 1", ""]
    api_reference.describe(None, "attribute", "scribe.mdn.MixtureParameters.log_pi", None, None, lines)
    assert lines[0] == "``(..., M)``: logarithms of the weights, which sum to 1"
    assert set(api_reference.fields(MixtureParameters)) == set(MixtureParameters._fields)


@pytest.mark.parametrize(("owner", "field", "skipped"), [("LSTMCache", "hs", False), ("LSTMGradients", "bias", True)])
def test_fields_of_which_nothing_is_said_are_left_out(owner, field, skipped):
    from types import SimpleNamespace

    import api_reference

    from scribe import lstm

    app = SimpleNamespace(env=SimpleNamespace(temp_data={"autodoc:module": "scribe.lstm", "autodoc:class": owner}))
    thing = getattr(getattr(lstm, owner), field)
    assert api_reference.skip(app, "class", field, thing, False, None) == skipped
    assert api_reference.skip(app, "module", "Path", Path, False, None)  # what a module only imports
    assert not api_reference.skip(app, "module", "lstm_step", lstm.lstm_step, False, None)


def test_the_reference_is_made_without_keras():
    import api_reference

    keras = api_reference.Keras("keras")

    @keras.saving.register_keras_serializable(package="scribe")
    class Layer(keras.layers.Layer):
        pass

    assert Layer.__name__ == "Layer"
    assert keras.layers.Layer in Layer.__mro__
    assert not hasattr(keras, "__path__")


# --- Data and licences ------------------------------------------------------------------------------------------


def test_every_font_stands_on_the_page_with_its_licence():
    with np.load(ROOT / "scribe/corpora/data/fonts.npz") as file:
        styles = json.loads(bytes(file["header"]).decode())["styles"]
    page = read("book/data.md")
    for style in styles:
        source = style["source"].split(", ")[0]
        assert f"| {style['name']} | {source} | {style['licence']} |" in page
    assert len(re.findall(r"^\| (?:print|cursive)-\d", page, re.M)) == len(styles)


def test_the_page_on_data_says_what_the_notice_says():
    page, notice = read("book/data.md"), read("NOTICE")
    for name in ("UNIPEN", "IAM", "Hershey", "MathJax", "10.5281/zenodo.1195803"):
        assert name in page
        assert name in notice
    for name in ("I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet", "CC BY 4.0", "1999", "not a signature"):
        assert name in page
    for name in re.findall(rf"{re.escape(REPOSITORY)}/blob/main/([\w./-]+)", page):
        assert (ROOT / name).is_file(), name


def test_shipped_weights_carry_licence_and_attribution():
    from scribe.weights import available_weights, load_weights

    for name in available_weights():
        weights = load_weights(name)
        assert weights.licence
        if "unipen" in (weights.attribution + weights.licence).lower():
            assert "Guyon" in weights.attribution


# --- Bibliography -----------------------------------------------------------------------------------------------

FIELD = re.compile(r"^\s+(\w+)\s*=\s*\{(.*)\},?$", re.M)


def works():
    entries = re.split(r"^@", read("references.bib"), flags=re.M)[1:]
    return {re.match(r"\w+\{([^,]+),", entry)[1]: dict(FIELD.findall(entry)) for entry in entries}


def address(link):
    """A work's address without what differs from one way of writing it to the other."""
    link = re.sub(r"^https?://(?:www\.|dx\.)?", "", link.rstrip("/."))
    return re.sub(r"arxiv\.org/(?:pdf|abs)/([\d.]+\d)(?:v\d+)?(?:\.pdf)?", r"arxiv.org/abs/\1", link).lower()


def test_works_have_what_it_takes_to_find_them():
    assert len(works()) >= 30
    for key, fields in works().items():
        assert {"author", "title", "year"} <= set(fields), key
        assert re.fullmatch(r"(19|20)\d\d", fields["year"]), key
        assert set(fields) & {"journal", "booktitle", "institution", "howpublished"}, key
        if "doi" in fields:
            assert re.fullmatch(r"10\.\d{4,}/\S+", fields["doi"]), key
    addresses = [address(f.get("url") or f["doi"]) for f in works().values() if "url" in f or "doi" in f]
    assert len(addresses) == len(set(addresses))


def test_what_is_cited_is_in_the_bibliography():
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md")]
    pages += ["\n".join(cell.source for cell in tools.read(path).cells) for path in tools.chapters()]
    cited = {
        key for page in pages for keys in re.findall(r"\{cite\w*(?::\w+)?\}`([^`]+)`", page) for key in keys.split(",")
    }
    assert "graves2013" in cited
    assert cited <= set(works())


def test_the_works_at_the_end_of_a_chapter_are_in_the_bibliography():
    known = {address(f["url"]) for f in works().values() if "url" in f}
    known |= {f"doi.org/{f['doi'].lower()}" for f in works().values() if "doi" in f}
    missing = []
    for path in tools.chapters():
        text = "\n\n".join(cell.source for cell in tools.read(path).cells if cell.cell_type == "markdown")
        for part in re.split(r"^##? .*References.*$", text, flags=re.M | re.I)[1:]:
            for link in re.findall(r"\]\((https?://(?:[^()\s]|\([^()\s]*\))+)\)", part):
                if not link.startswith(REPOSITORY) and address(link) not in known:
                    missing.append(f"{path.stem}: {link}")
    assert not missing, "references.bib lacks works that chapters name: " + ", ".join(missing)
