"""XML from anybody: read without entities, without other files, and no deeper than handwriting needs."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

__all__ = ["HostileXmlError", "TooDeepXmlError", "XmlError", "parse_xml"]

DEEPEST = 100  # elements in each other; programs that walk down a deeper tree run out of stack


class XmlError(ValueError):
    """This is not XML; the message says where and why."""


class HostileXmlError(XmlError):
    """The XML has entities of its own, or names other files."""


class TooDeepXmlError(XmlError):
    """The elements are nested more than :data:`DEEPEST` deep."""


def parse_xml(content: str | bytes) -> Element:
    """The root of an XML document.

    Raises:
        HostileXmlError: if it defines entities or names other files.
        TooDeepXmlError: if more than 100 elements stand in each other.
        XmlError: if it is not well-formed, or in an encoding that nobody knows.
    """
    try:
        parser = DefusedXMLParser(target=_ShallowBuilder())
        parser.feed(content)
        return parser.close()
    except XmlError:
        raise
    except DefusedXmlException as error:
        raise HostileXmlError(str(error)) from error
    except (ParseError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from error


class _ShallowBuilder(TreeBuilder):
    """Builds the tree of a document unless it is nested too deeply."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: Any, attrs: Any) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise TooDeepXmlError("the elements are nested too deeply")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Any:
        self._depth -= 1
        return super().end(tag)
