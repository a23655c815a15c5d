"""Numbers along a stroke as colours."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from scribe.draw import coloured_ink
from scribe.ink import Ink

INK = Ink.from_strokes([[(0, 0), (1, 0), (2, 0.5), (3, 0.5)], [(4, 1)], [(5, 0), (5, 0), (6, 1)]])


def paths(svg):
    return [
        (path.get("stroke"), path.get("d")) for path in ElementTree.fromstring(svg).iter() if path.tag[-4:] == "path"
    ]


def redness(colour):
    return int(colour[1:3], 16) - int(colour[5:7], 16)


def test_a_stretch_has_the_colour_of_the_point_it_leads_to():
    drawn = paths(coloured_ink(INK, np.array([9, -1, 0, 1, 0.5, 9, 9, -0.5]), largest=1))
    assert len(drawn) == 5  # three stretches, a dot, and one stretch after a point that stands twice
    by_place = {round(float(re.match(r"M([\d.]+)", d)[1])): redness(colour) for colour, d in drawn}
    first, second, third, dot, last = (by_place[x] for x in sorted(by_place))
    assert first < last < second < dot < third


def test_stretches_of_one_colour_are_one_path_and_the_curve_has_no_gaps():
    drawn = paths(coloured_ink(INK, np.ones(len(INK))))
    assert [d.count("c") for _, d in drawn] == [1, 0, 1]
    assert len({colour for colour, _ in drawn}) == 1
    assert sum(len(re.findall(r"-?[\d.]+", d)) for _, d in drawn if "c" in d) >= 2 * 2 + 6 * 4


def test_values_that_say_nothing_are_grey_and_markup_in_a_title_does_no_harm():
    svg = coloured_ink(INK, np.zeros(len(INK)), title="<b>&", description='"x"')
    assert {colour for colour, _ in paths(svg)} == {"#989ca4"}
    assert svg._repr_html_() == svg


@pytest.mark.parametrize("values", [np.zeros(3), np.full(len(INK), np.nan), np.zeros((len(INK), 2))])
def test_each_point_needs_a_number(values):
    with pytest.raises(ValueError, match="finite value"):
        coloured_ink(INK, values)
