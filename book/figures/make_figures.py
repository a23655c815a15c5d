"""Draws the figures of the first page and of the README: python book/figures/make_figures.py"""

from pathlib import Path

from scribe.corpora import fonts
from scribe.draw import to_svg
from scribe.layout import set_page

FOLDER = Path(__file__).parent
TEXT = "You know nothing Jon Snow"


def main() -> None:
    line = fonts.write_ink(TEXT, "cursive-3", seed=8)
    drawing = to_svg(line, title=TEXT, description="A line of synthetic handwriting: joined letters on a baseline.")
    (FOLDER / "first-line.svg").write_text(drawing, encoding="utf-8")

    styles = ["cursive-3", "print-2", "cursive-6", "print-4"]
    page = set_page([fonts.write_ink(TEXT, style, seed=8 + i) for i, style in enumerate(styles)])
    description = "The same sentence in four synthetic hands, two of them joined."
    drawing = to_svg(page, title=TEXT, description=description, width=640, colour="#1b2438", paper="#ffffff")
    (FOLDER / "hands.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
