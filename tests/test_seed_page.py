"""The page on the post: everything it lists stands in a chapter, under the heading that is named."""

import json
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[1] / "book"
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| \[chapter (?P<number>\d+)\]\((?P<file>[\w.-]+)\) \| (?P<sections>[^|]+) \|$", re.M
)
ROWS = [match.groupdict() for match in ROW.finditer((BOOK / "seed.md").read_text(encoding="utf-8"))]


def headings(path: Path) -> set[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return {match.strip() for match in re.findall(r"^#{1,4} (.+)$", text, re.M)}


def sections(row: dict[str, str]) -> list[str]:
    return re.findall(r"\*(.+?)\*", row["sections"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["what"][:40])
def test_the_section_that_is_named_stands_in_the_chapter(row):
    assert row["file"].startswith(f"{int(row['number']):02d}-")
    assert sections(row), "no section is named"
    missing = set(sections(row)) - headings(BOOK / row["file"])
    assert not missing, f"{row['file']} has no section {missing}"


def test_every_line_of_the_tables_is_read():
    lines = [line for line in (BOOK / "seed.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    told = [line for line in lines if not line.startswith(("| in the post", "|---"))]
    assert len(told) == len(ROWS) >= 25


def test_a_section_that_is_not_there_would_be_noticed():
    assert "A section of no chapter" not in headings(BOOK / "05-window.ipynb")
    assert "Move it by hand" in headings(BOOK / "05-window.ipynb")
