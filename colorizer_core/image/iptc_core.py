"""IPTC-IIM's fields as XMP properties, by the IPTC Photo Metadata Standard's table, for containers that hold XMP alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from xml.etree.ElementTree import Element

from colorizer_core.image.iim import DataSet, texts
from colorizer_core.image.xmp import Xmp, array, name, simple

_Form = Literal["text", "date", "Alt", "Bag", "Seq"]
_PROPERTIES: Mapping[int, tuple[str, _Form]] = {
    5: ("dc:title", "Alt"),
    10: ("photoshop:Urgency", "text"),
    15: ("photoshop:Category", "text"),
    20: ("photoshop:SupplementalCategories", "Bag"),
    25: ("dc:subject", "Bag"),
    40: ("photoshop:Instructions", "text"),
    55: ("photoshop:DateCreated", "date"),
    80: ("dc:creator", "Seq"),
    85: ("photoshop:AuthorsPosition", "text"),
    90: ("photoshop:City", "text"),
    92: ("Iptc4xmpCore:Location", "text"),
    95: ("photoshop:State", "text"),
    100: ("Iptc4xmpCore:CountryCode", "text"),
    101: ("photoshop:Country", "text"),
    103: ("photoshop:TransmissionReference", "text"),
    105: ("photoshop:Headline", "text"),
    110: ("photoshop:Credit", "text"),
    115: ("photoshop:Source", "text"),
    116: ("dc:rights", "Alt"),
    120: ("dc:description", "Alt"),
    122: ("photoshop:CaptionWriter", "text"),
}
"""By the number of the data set in the application record (2)."""
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def with_iim(xmp: Xmp, sets: tuple[DataSet, ...]) -> Xmp:
    """The XMP with those fields in it that it does not have; what it has is not touched."""
    values: dict[int, list[str]] = {}
    for (_, number), text in texts(sets):
        if number in _PROPERTIES and text:
            values.setdefault(number, []).append(text)
    missing = [number for number in sorted(values) if xmp.find(name(_PROPERTIES[number][0])) is None]
    return xmp.joined(_property(number, values[number]) for number in missing)


def _property(number: int, values: list[str]) -> Element:
    short, form = _PROPERTIES[number]
    if form == "text":
        return simple(short, values[0])
    if form == "date":
        return simple(short, _DATE.sub(r"\1-\2-\3", values[0]))
    return array(short, form, values[:1] if form == "Alt" else values)
