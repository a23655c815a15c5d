"""Draws the figures of the first page, of the README and of chapters 2 and 6: python book/figures/make_figures.py"""

from pathlib import Path

from scribe.draw import to_svg
from scribe.layout import set_page
from scribe.proofread import proofread
from scribe.reader import Reader
from scribe.writer import Writer

FOLDER = Path(__file__).parent
TEXT = "You know nothing Jon Snow"
LINES, BIAS, SEED = 6, 0.75, 8
HANDS = ("marble", "fern", "quartz", "clover")  # print and joined letters in turns


def main() -> None:
    writer, reader = Writer.load(), Reader.load()
    lines = proofread(writer, reader, [TEXT] * LINES, 8, bias=BIAS, seed=SEED)
    # The one that is read with the fewest errors.
    line = lines[min(range(LINES), key=lambda i: lines.readings[i].errors)]
    description = "A line of handwriting that the network wrote."
    (FOLDER / "first-line.svg").write_text(to_svg(line, title=TEXT, description=description), encoding="utf-8")

    lines = proofread(writer, reader, [TEXT] * len(HANDS), 8, bias=BIAS, style=HANDS, seed=SEED)
    page = set_page(lines, line_height=6)
    description = "The same sentence, written by the network four times, in as many hands."
    drawing = to_svg(page, title=TEXT, description=description, width=640, colour="#1b2438", paper="#ffffff")
    (FOLDER / "hands.svg").write_text(drawing, encoding="utf-8")

    unrolled_cell()
    whole_network()
    unrolled_network()


# --- the drawings of chapters 2 and 6 ------------------------------------------------------------------------------

NEW = "#d55e00"  # what a chapter adds to the drawing

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title {name}-desc" \
viewBox="0 0 {width} {height}" width="{shown}" style="display:block;max-width:100%;height:auto;margin:0 auto" \
font-family="system-ui, sans-serif" font-size="14" fill="currentColor">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{description}</desc>
<defs>
<marker id="{name}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="11" \
markerHeight="11" orient="auto"><path d="M0.5 0.5L7.5 4L0.5 7.5" fill="none" stroke="currentColor" \
stroke-width="1.2"/></marker>
</defs>
"""


class Drawing:
    """An SVG drawing of boxes, wires and words, in the ink of the page."""

    def __init__(self, name: str, width: int, height: int, shown: int, title: str, description: str) -> None:
        self.name = name
        words = {"name": name, "title": title, "description": description}
        self.lines = [HEAD.format(**words, width=width, height=height, shown=shown).rstrip()]

    def box(self, x: int, y: int, width: int, height: int, *words: str, new: bool = False, radius: int = 12) -> None:
        """A box with its words in the middle, the first as its name, the others small beneath it."""
        stroke = f'stroke="{NEW}" stroke-width="2"' if new else 'stroke="currentColor" stroke-width="1.5"'
        self.lines.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" {stroke} fill="currentColor" '
            'fill-opacity="0.05"/>'
        )
        top = y + height / 2 + 5 - 8 * (len(words) - 1)
        for row, words_of_row in enumerate(words):
            self.text(x + width / 2, top + 17 * row, words_of_row, small=row > 0)

    def wire(
        self, path: str, *, new: bool = False, arrow: bool = True, later: bool = False, width: float = 1.5
    ) -> None:
        """A wire; one that is ``later`` carries what the next step gets, and is dashed."""
        style = f' marker-end="url(#{self.name}-arrow)"' if arrow else ""
        style += ' stroke-dasharray="5 4"' if later else ""
        colour = NEW if new else "currentColor"
        self.lines.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{style}/>')

    def dot(self, x: int, y: int, new: bool = False) -> None:
        """Where a wire branches."""
        self.lines.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{NEW if new else "currentColor"}"/>')

    def text(self, x: float, y: float, words: str, *, small: bool = False, anchor: str = "middle") -> None:
        """Words; ``h_1`` sets the 1 lower, as an index."""
        name, *indices = words.split("_")
        for index in indices:
            low, _, rest = index.partition(" ")
            name += f'<tspan font-size="10" dy="4">{low}</tspan><tspan dy="-4">{" " + rest if rest else ""}</tspan>'
        style = ' font-size="12" fill-opacity="0.8"' if small else ""
        self.lines.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{name}</text>')

    def ellipse(self, x: int, y: int, rx: int, ry: int, turn: int, colour: str) -> None:
        self.lines.append(
            f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" transform="rotate({turn} {x} {y})" fill="{colour}" '
            f'fill-opacity="0.14" stroke="{colour}" stroke-width="1.2"/>'
        )

    def save(self) -> None:
        (FOLDER / f"{self.name}.svg").write_text("\n".join([*self.lines, "</svg>"]) + "\n", encoding="utf-8")


def unrolled_cell() -> None:
    """One LSTM at five points in a row."""
    d = Drawing(
        "network-2-unrolled",
        480,
        236,
        620,
        "An LSTM cell, unrolled over five points",
        "Five copies of one cell, from left to right. Into each, an input x comes from below, and out of each, an "
        "output h leaves at the top. Two lines lead from copy to copy: a thick one, the lane of the cell c, and a thin "
        "one below it, the output h. They begin on the left with c0 and h0.",
    )
    for t in range(5):
        x = 52 + 84 * t
        d.box(x, 76, 56, 84, radius=9)
        d.text(x + 28, 123, "LSTM")
        d.wire(f"M{x + 28} 204V162")
        d.text(x + 28, 222, f"x_{t + 1}")
        d.wire(f"M{x + 28} 76V40")
        d.text(x + 28, 28, f"h_{t + 1}")
    for t in range(6):
        start, end = (24 if t == 0 else 84 * t + 24), (84 * t + 50 if t < 5 else 470)
        d.wire(f"M{start} 96H{end}", width=3, new=True)
        d.wire(f"M{start} 140H{end}")
    d.text(18, 101, "c_0", anchor="end")
    d.text(18, 145, "h_0", anchor="end")
    d.save()


def whole_network() -> None:
    """The network rolled up: every brick once, loops for what goes on to the next step."""
    d = Drawing(
        "network-6-whole",
        480,
        776,
        620,
        "The whole network, rolled up",
        "From bottom to top. The point x, three numbers, enters LSTM 1 and, along a wire on the left, LSTM 2 and LSTM "
        "3 as well. The output of LSTM 1, h1, moves the window over the text and enters LSTM 2; the output of LSTM 2 "
        "enters LSTM 3. What the window shows, w, goes along a wire on the right to LSTM 2 and LSTM 3 at once, and, "
        "dashed, to LSTM 1 at the next step. The outputs of all three, h1, h2 and h3, enter the mixture layer. Its raw "
        "output y is split into the pen-up logit, weights, means, deviations and correlations: the distribution of the "
        "next point, drawn as three ellipses. Each LSTM has a dashed loop for its cell c and its output h, the window "
        "one for kappa. New in this chapter, in orange: LSTM 2, LSTM 3 and the wires that skip a layer.",
    )
    # What comes out.
    d.ellipse(196, 44, 30, 11, -24, "#2b8cc4")
    d.ellipse(240, 34, 42, 25, 8, "#1a9b77")
    d.ellipse(288, 46, 21, 12, 32, "#b0689b")
    d.text(338, 32, "where the pen", small=True, anchor="start")
    d.text(338, 48, "may go next", small=True, anchor="start")
    d.wire("M240 96V70")
    d.box(130, 96, 220, 34, "e   π   μ   σ   ρ", radius=9)  # noqa: RUF001
    d.wire("M240 168V132")
    d.text(248, 154, "y_t", anchor="start")
    d.text(268, 154, "(1+6M,)", small=True, anchor="start")
    d.box(100, 168, 280, 48, "mixture", "(3U, 1+6M)")
    # The layers.
    for number, y in ((3, 272), (2, 372), (1, 640)):
        d.box(160, y, 160, 56, f"LSTM {number}", new=number > 1)
        d.wire(
            f"M320 {y + 44}H342Q350 {y + 44} 350 {y + 52}V{y + 58}Q350 {y + 66} 342 {y + 66}H308"
            f"Q298 {y + 66} 298 {y + 62}V{y + 58}",
            later=True,
        )
        d.text(357, y + 62, "c, h", small=True, anchor="start")
    d.wire("M240 272V218")
    d.text(247, 246, "h_3", anchor="start")
    d.wire("M240 372V330")
    d.text(247, 356, "h_2", anchor="start")
    # h1, past the window to LSTM 2, and up to the window.
    d.wire("M240 640V588")
    d.text(247, 624, "h_1", anchor="start")
    d.dot(240, 604)
    d.wire("M240 604H122Q112 604 112 594V462Q112 452 122 452H230Q240 452 240 442V430")
    # h1 and h2 skip to the output.
    d.dot(112, 500, new=True)
    d.wire("M112 500H90Q80 500 80 490V240Q80 230 90 230H120Q130 230 130 224V218", new=True)
    d.dot(240, 350, new=True)
    d.wire("M240 350H116Q106 350 106 340V258Q106 248 116 248H160Q170 248 170 238V218", new=True)
    d.text(70, 380, "h_1", anchor="end")
    d.text(131, 342, "h_2")
    # The window.
    d.box(140, 552, 200, 36, "window  (U, 3K)", radius=12)
    d.lines.append(
        '<path d="M132 518C166 517 178 514 194 496S218 472 226 472 242 478 258 496 286 517 348 518" fill="none" '
        'stroke="currentColor" stroke-width="1.5"/>'
    )
    for number, letter in enumerate(["s", "n", "o", "w", "end"]):
        x = 140 + 40 * number
        d.lines.append(
            f'<rect x="{x}" y="522" width="40" height="24" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'
        )
        size = 12 if letter == "end" else 15
        d.lines.append(
            f'<text x="{x + 20}" y="539" text-anchor="middle" font-family="ui-monospace, monospace" '
            f'font-size="{size}">{letter}</text>'
        )
    d.wire("M340 566H362Q370 566 370 574V580Q370 588 362 588H346", later=True)
    d.text(377, 582, "κ", small=True, anchor="start")
    # What the window shows: to LSTM 2 and 3 now, to LSTM 1 a step later.
    d.wire("M340 534H420Q430 534 430 524V398Q430 388 420 388H322", new=True)
    d.dot(430, 400, new=True)
    d.wire("M430 400V298Q430 288 420 288H322", new=True)
    d.text(438, 470, "w_t", anchor="start")
    d.text(438, 487, "(C,)", small=True, anchor="start")
    d.dot(420, 534)
    d.wire("M420 534Q430 534 430 544V646Q430 656 420 656H322", later=True)
    d.text(438, 610, "w_t−1", anchor="start")  # noqa: RUF001
    # The point.
    d.wire("M240 756V698")
    d.text(248, 750, "x_t", anchor="start")
    d.text(268, 750, "(3,)", small=True, anchor="start")
    d.dot(240, 728, new=True)
    d.wire("M240 728H44Q34 728 34 718V410Q34 400 44 400H158", new=True)
    d.dot(34, 420, new=True)
    d.wire("M34 420V310Q34 300 44 300H158", new=True)
    d.text(24, 560, "x_t", anchor="end")
    d.text(8, 770, "dashed: one step later", small=True, anchor="start")
    d.save()


def unrolled_network() -> None:
    """The same network at four points in a row: what is dashed in the other drawing runs from left to right."""
    d = Drawing(
        "network-6-unrolled",
        480,
        470,
        620,
        "The whole network, unrolled over four points",
        "Four columns, one for each point, from left to right. In each, from bottom to top: the point x, LSTM 1, the "
        "window over the word snow, LSTM 2, LSTM 3 and the mixture. Arrows to the right carry c and h of each LSTM and "
        "kappa of the window from column to column; an oblique arrow carries what the window showed down to LSTM 1 of "
        "the next column. From each mixture a point is drawn, which becomes the input x of the next column. The light "
        "of the window moves from s to n on the way.",
    )
    rows = {"mixture": 66, "LSTM 3": 134, "LSTM 2": 202, "window": 270, "LSTM 1": 352}
    light = [(1.0, 0.15, 0, 0), (0.8, 0.5, 0.05, 0), (0.3, 0.9, 0.1, 0), (0.05, 0.8, 0.5, 0)]
    for t in range(4):
        x = 24 + 116 * t
        middle = x + 42
        for name, y in rows.items():
            if name == "window":
                d.box(x, y, 84, 44, radius=9)
                for number, letter in enumerate("snow"):
                    cell = x + 4 + 19 * number
                    shine = light[t][number]
                    d.lines.append(
                        f'<rect x="{cell}" y="{y + 8}" width="19" height="28" fill="#d9922b" '
                        f'fill-opacity="{0.75 * shine:.2f}" stroke="currentColor" stroke-opacity="0.4"/>'
                    )
                    d.lines.append(
                        f'<text x="{cell + 9.5}" y="{y + 27}" text-anchor="middle" '
                        f'font-family="ui-monospace, monospace" font-size="13">{letter}</text>'
                    )
            else:
                d.box(x, y, 84, 38, name, radius=9)
            if name != "mixture" and t < 3:
                d.wire(f"M{x + 84} {y + 20}H{x + 114}")
        for below, above in (("LSTM 1", "window"), ("window", "LSTM 2"), ("LSTM 2", "LSTM 3"), ("LSTM 3", "mixture")):
            height = 44 if above == "window" else 38
            d.wire(f"M{middle} {rows[below]}V{rows[above] + height + 2}")
        d.wire(f"M{middle} 432V392")
        d.text(middle, 450, f"x_{t + 1}")
        d.wire(f"M{middle} 66V38")
        d.text(middle, 28, f"x_{t + 2}")
        if t < 3:
            # What the window shows, for the first layer of the next step; and the new point, for its input.
            d.wire(
                f"M{x + 84} {rows['window'] + 36}C{x + 104} {rows['window'] + 40} {x + 96} {rows['LSTM 1'] + 8} "
                f"{x + 114} {rows['LSTM 1'] + 8}"
            )
            start, end = middle + 14, middle + 116 - 14
            d.wire(f"M{start} 24H{x + 94}Q{x + 100} 24 {x + 100} 30V440Q{x + 100} 446 {x + 106} 446H{end}", new=True)
    d.save()


if __name__ == "__main__":
    main()
