"""The files around the package agree with each other."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from patience import patience

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
OWNER_AND_NAME = REPOSITORY.removeprefix("https://github.com/")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def texts():
    """All files of text in the project, but for what others wrote."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git repository")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        ours = path.suffix in {".md", ".py", ".toml", ".yml", ".ipynb", ".txt", ".cff", ".bib"} and path.is_file()
        if ours and "licences" not in path.parts:
            yield name, path.read_text(encoding="utf-8")


def pins():
    """Exact versions by name, each with its marker."""
    rows = [Requirement(row) for row in read("requirements.txt").splitlines() if row and not row.startswith("#")]
    assert len(rows) > 50
    return rows


def test_the_address_of_the_repository_is_the_same_everywhere():
    home = re.compile(
        r"(?:github\.com|raw\.githubusercontent\.com|colab\.research\.google\.com/github)/([\w.-]+/scribe)\b"
    )
    wrong = [
        f"{name}: {found}"
        for name, text in texts()
        for found in home.findall(text)
        if found not in (OWNER_AND_NAME, "greydanus/scribe")
    ]
    assert not wrong
    assert f"url: {REPOSITORY}" in read("_config.yml")


def test_all_addresses_of_the_project_start_with_that_of_the_repository():
    assert all(address.startswith(REPOSITORY) for address in PROJECT["urls"].values())


def test_badges_and_links_of_the_readme_lead_to_what_is_there():
    readme = read("README.md")
    linked = re.findall(rf"{re.escape(REPOSITORY)}/(?:blob|raw)/main/([\w./-]+)", readme)
    linked += re.findall(rf"raw\.githubusercontent\.com/{OWNER_AND_NAME}/main/([\w./-]+)", readme)
    linked += [f".github/workflows/{name}" for name in re.findall(r"actions/workflows/([\w.-]+\.yml)", readme)]
    assert len(linked) >= 5
    assert not [name for name in linked if not (ROOT / name).is_file()]
    for picture in re.findall(r"!\[([^\]]*)\]", readme):
        assert picture.strip(), "a picture without a text for those who cannot see it"


def test_what_the_readme_tells_to_type_is_there():
    readme = read("README.md")
    makefile = read("Makefile")
    for target in set(re.findall(r"\bmake ([a-z]+)\b", readme)) - {"an"}:
        assert re.search(rf"^{target}:", makefile, re.M), target
    from click.testing import CliRunner

    from scribe.cli import app

    commands = set(re.findall(r"^scribe ((?:corpus )?[a-z]+)", readme, re.M))
    assert {"write", "corpus unipen", "train", "evaluate", "export"} <= commands
    for command in commands:
        assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0, command
    for option in set(re.findall(r"(?<=\s)--[a-z-]+", " ".join(re.findall(r"^scribe write .*", readme, re.M)))):
        assert option in CliRunner().invoke(app, ["write", "--help"]).output, option


def test_the_python_of_the_readme_runs_as_far_as_it_can():
    blocks = re.findall(r"```python\n(.*?)```", read("README.md"), re.S)
    assert blocks
    for block in blocks:
        compile(block, "README.md", "exec")
        for line in block.splitlines():
            if line.startswith(("from ", "import ")):
                exec(line, {})


def test_every_pin_is_exact_and_satisfies_the_project():
    rows = pins()
    assert all(len(row.specifier) == 1 and next(iter(row.specifier)).operator == "==" for row in rows)
    wanted = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    for requirement in map(Requirement, wanted):
        versions = [next(iter(r.specifier)).version for r in rows if r.name.lower() == requirement.name.lower()]
        assert versions, f"{requirement.name} is not pinned"
        assert all(requirement.specifier.contains(Version(v), prereleases=True) for v in versions), requirement


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_a_package_is_pinned_once_for_each_python(python):
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    names = [row.name for row in pins() if row.marker is None or row.marker.evaluate(environment)]
    assert len(names) == len(set(names))
    assert {"numpy", "tensorflow", "keras", "jupyter-book", "pytest"} <= set(names)


def test_python_versions_agree():
    assert PROJECT["requires-python"] == ">=3.10"
    tested = re.findall(r'"(3\.\d+)"', read(".github/workflows/tests.yml").split("python: [")[1].split("]")[0])
    assert [f"Programming Language :: Python :: {v}" for v in tested] == [
        c for c in PROJECT["classifiers"] if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", c)
    ]


def test_the_distribution_is_not_named_like_somebody_elses():
    assert PROJECT["name"] == "scribe-handwriting"
    assert PROJECT["scripts"] == {"scribe": "scribe.cli:main"}


def test_a_dependency_is_used_and_what_is_used_is_a_dependency():
    imported = {
        "numpy": "numpy", "safetensors": "safetensors", "click": "click", "rich": "rich", "matplotlib": "matplotlib",
        "pillow": "PIL", "defusedxml": "defusedxml", "pooch": "pooch",
        "threadpoolctl": "threadpoolctl", "fonttools": "fontTools",
    }  # fmt: skip
    declared = {Requirement(r).name for r in PROJECT["dependencies"]}
    code = "\n".join(path.read_text() for path in (ROOT / "scribe").rglob("*.py"))
    for name in declared:
        assert re.search(rf"^\s*(?:import|from) {imported[name]}\b", code, re.M), f"{name} is not imported"
    for name in set(imported) - declared:
        assert not re.search(rf"^\s*(?:import|from) {imported[name]}\b", code, re.M), f"{name} is not declared"


def test_everything_in_the_package_folder_is_packed():
    patterns = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["package-data"]["scribe"]
    listed = subprocess.run(["git", "ls-files", "scribe"], cwd=ROOT, capture_output=True, text=True)
    files = [Path(name).relative_to("scribe") for name in listed.stdout.splitlines() if not name.endswith(".py")]
    missing = [str(f) for f in files if not any(f.match(p) and len(f.parts) == len(Path(p).parts) for p in patterns)]
    assert not missing


def test_importing_scribe_is_light():
    code = "import sys, scribe.ink, scribe.alphabet, scribe.writer; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=patience(30)
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"keras", "tensorflow", "matplotlib", "PIL", "scipy", "click", "rich", "jax", "torch", "pooch"}


def test_no_file_names_the_machine_it_was_made_on():
    places = re.compile(r"(?<![\w.~])/(?:work|root|home/\w+|tmp/bash_jobs)(?:/|\b)")
    wrong = [f"{name}: {places.search(text)[0]}" for name, text in texts() if places.search(text)]
    assert [w for w in wrong if not w.startswith("tests/test_project.py")] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_checks_of_every_change_run_the_two_commands():
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & stat.S_IXUSR
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines.index("make test") < lines.index("make book")
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0


def test_colabs_versions_satisfy_the_project():
    rows = [Requirement(row) for row in read(".ci/colab.txt").splitlines() if row and not row.startswith("#")]
    wanted = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    wanted = {r.name: r for r in map(Requirement, wanted)}
    for row in rows:
        version = next(iter(row.specifier)).version.replace("*", "0")
        assert wanted[row.name.replace("tensorflow-cpu", "tensorflow")].specifier.contains(version), row


def test_the_licence_and_the_notice_name_what_they_must():
    assert read("LICENSE").startswith("MIT License")
    assert "The Scribe authors" in read("LICENSE")
    notice = read("NOTICE")
    for name in (
        "UNIPEN",
        "CC BY 4.0" if "CC BY 4.0" in notice else "Creative Commons Attribution 4.0",
        "10.5281/zenodo.1195803",
    ):
        assert name in notice
    for name in ("Copyright 1999, International Unipen Foundation", "SIL Open Font License", "Hershey", "MathJax"):
        assert name in notice
    assert (ROOT / "book/_static/mathjax/LICENSE").read_text().lstrip().startswith("Apache License")
