"""XMP packets (ISO 16684-1): other people's XML read without DTDs and entities into properties, and properties written."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from colorizer_core.errors import brief

_LONGEST = 4 << 20
_DEEPEST = 64
_MOST_ELEMENTS = 50_000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META = "adobe:ns:meta/"
NAMESPACES = {
    "xml": "http://www.w3.org/XML/1998/namespace",
    "rdf": _RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "colorizer": "urn:colorizer:xmp:1:",
}
"""By the prefixes that they are written with; the last is this project's own."""
_BEGIN = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'  # the id is the same in all packets: XMP part 1, 7.3.2
)
_END = '\n<?xpacket end="w"?>'
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BrokenXmp(ValueError):
    """A packet that is not read: broken XML, no RDF, a DTD, too long or too deep. Says which."""


@dataclass(frozen=True, slots=True)
class Xmp:
    """The properties of one resource, each an element, and the prefixes that their namespaces had."""

    properties: tuple[Element, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def without(self, names: Container[str]) -> Xmp:
        """All others."""
        return Xmp(tuple(one for one in self.properties if one.tag not in names), self.prefixes)

    def joined(self, others: Iterable[Element]) -> Xmp:
        """With further properties behind."""
        return Xmp((*self.properties, *others), self.prefixes)

    def find(self, tag: str) -> Element | None:
        """The property of that name."""
        return next((one for one in self.properties if one.tag == tag), None)

    def text(self, tag: str) -> str | None:
        """The value of a simple property; None where there is none."""
        found = self.find(tag)
        return None if found is None or len(found) else found.text


def name(short: str) -> str:
    """`dc:title` as ElementTree writes it; the prefix is one of `NAMESPACES`."""
    prefix, _, local = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def simple(short: str, value: str) -> Element:
    """A property with a text for its value."""
    found = Element(name(short))
    found.text = fit(value)
    return found


def fit(text: str) -> str:
    """The text with U+FFFD for what XML can't hold."""
    return _UNFIT.sub("\ufffd", text)


def array(short: str, kind: str, values: Iterable[str]) -> Element:
    """A property that is a Bag, a Seq, or an Alt of one text for all languages."""
    found = Element(name(short))
    inside = SubElement(found, name(f"rdf:{kind}"))
    for value in values:
        one = simple("rdf:li", value)
        if kind == "Alt":
            one.set(name("xml:lang"), "x-default")
        inside.append(one)
    return found


def structure(short: str, fields: Iterable[Element]) -> Element:
    """A property, or an entry of an array, that has fields."""
    found = Element(name(short), {name("rdf:parseType"): "Resource"})
    found.extend(fields)
    return found


def field_text(structured: Element | None, short: str) -> str | None:
    """A simple field of a structure, in any of the forms that RDF has for one."""
    if structured is None:
        return None
    tag = name(short)
    inside = [structured, *structured.findall(name("rdf:Description"))]
    for one in inside:
        if (value := one.get(tag)) is not None:
            return value
        if (child := one.find(tag)) is not None and not len(child):
            return child.text
    return None


def read_xmp(packet: bytes) -> Xmp:
    """The properties of a packet, whether they stand as elements or as attributes, in one description or in several.

    Raises:
        BrokenXmp: it can't be read, or should not be.
    """
    if len(packet) > _LONGEST:
        raise BrokenXmp(f"{len(packet):,} bytes")
    builder = _Builder()
    parser: Any = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(packet if packet.startswith(_UTF_16) else packet.strip(b"\0 \t\r\n"))
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError, AssertionError) as error:
        raise BrokenXmp(brief(error)) from error
    rdf = next((found for found in root.iter(name("rdf:RDF"))), None)
    if rdf is None:
        raise BrokenXmp("no RDF")
    found: list[Element] = []
    for description in rdf.findall(name("rdf:Description")):
        found += _properties(description)
    return Xmp(tuple(found), builder.prefixes)


def _properties(description: Element) -> list[Element]:
    found = []
    for tag, value in description.attrib.items():
        if tag.startswith("{") and not tag.startswith((f"{{{_RDF}}}", f"{{{NAMESPACES['xml']}}}")):
            one = Element(tag)
            one.text = value
            found.append(one)
    return [*found, *(child for child in description if child.tag.startswith("{"))]


class _Builder(TreeBuilder):
    """Builds the tree, notes the prefixes, and refuses what nests or grows beyond any real packet."""

    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}
        self._depth = self._count = 0

    def start_ns(self, prefix: str | None, uri: str | None) -> None:
        self.prefixes.setdefault(uri or "", prefix or "")

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST_ELEMENTS:
            raise BrokenXmp("nested too deep, or too many elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def write_xmp(xmp: Xmp) -> bytes:
    """The packet, UTF-8, with the same bytes for the same properties."""
    prefixes = _prefixes(xmp)
    namespaces = "".join(f"\n  xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in sorted(prefixes.items()))
    properties = "\n".join(_text(one, prefixes) for one in xmp.properties)
    rdf = prefixes[_RDF]
    whole = (
        f'{_BEGIN}<x:xmpmeta xmlns:x="{_META}">\n<{rdf}:RDF{namespaces}>\n<{rdf}:Description {rdf}:about="">\n'
        f"{properties}\n</{rdf}:Description>\n</{rdf}:RDF>\n</x:xmpmeta>{_END}"
    )
    return whole.encode()


def written_sizes(xmp: Xmp) -> list[tuple[int, str]]:
    """Bytes of each property of a packet, with its name."""
    prefixes = _prefixes(xmp)
    return [(len(_text(one, prefixes).encode()), one.tag) for one in xmp.properties]


def _prefixes(xmp: Xmp) -> dict[str, str]:
    """A prefix of its own for every namespace that is used: the usual one, else that of the source, else a number."""
    usual = {uri: prefix for prefix, uri in NAMESPACES.items()}
    used = {_RDF} | {
        _namespace(tag) for one in xmp.properties for part in one.iter() for tag in (part.tag, *part.attrib)
    }
    given: dict[str, str] = {uri: usual[uri] for uri in used if uri in usual}
    taken = {*usual.values(), "x", "xmlns", *xmp.prefixes.values()}
    free, given_up = count(), set[str]()
    for uri in sorted(used - given.keys() - {"", NAMESPACES["xml"]}):
        wanted = xmp.prefixes.get(uri, "")
        is_free = wanted and wanted not in given_up and wanted not in NAMESPACES and wanted not in {"x", "xmlns"}
        given[uri] = wanted if is_free else next(one for one in map("ns{}".format, free) if one not in taken)
        given_up.add(given[uri])
    given.pop(NAMESPACES["xml"], None)
    return given


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _text(element: Element, prefixes: Mapping[str, str]) -> str:
    tag = _qualified(element.tag, prefixes)
    attributes = "".join(f" {_qualified(key, prefixes)}={quoteattr(value)}" for key, value in element.attrib.items())
    inside = _escaped(element.text) + "".join(_text(child, prefixes) + _escaped(child.tail) for child in element)
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"


def _qualified(tag: str, prefixes: Mapping[str, str]) -> str:
    uri = _namespace(tag)
    local = tag.rpartition("}")[2]
    if not uri:
        return local
    return f"xml:{local}" if uri == NAMESPACES["xml"] else f"{prefixes[uri]}:{local}"


def _escaped(text: str | None) -> str:
    return escape(text or "", {"\r": "&#13;"})
