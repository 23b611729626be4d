"""The label: what a derivative says of itself in its own bytes, in XMP, by the terms of IPTC, and how it is read again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from colorizer_core import __version__
from colorizer_core.image.containers.kinds import kind_of, read
from colorizer_core.image.formats import Format
from colorizer_core.image.xmp import BrokenXmp, Xmp, array, field_text, fit, name, read_xmp, simple, structure

Term = Literal["composite", "enhanced"]
TERMS: dict[Term, str] = {
    "composite": "compositeWithTrainedAlgorithmicMedia",
    "enhanced": "algorithmicallyEnhanced",
}
"""Of the IPTC NewsCodes Digital Source Type, none of which names colorization: which one it is, is the archive's decision."""
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOFTWARE = f"Colorizer {__version__}"
_TYPE, _SYSTEM, _VERSION = (
    "Iptc4xmpExt:DigitalSourceType",
    "Iptc4xmpExt:AISystemUsed",
    "Iptc4xmpExt:AISystemVersionUsed",
)
_TOOL, _DOCUMENT, _INSTANCE = "xmp:CreatorTool", "xmpMM:DocumentID", "xmpMM:InstanceID"
_FROM, _HISTORY, _FINGERPRINT = "xmpMM:DerivedFrom", "xmpMM:History", "colorizer:Fingerprint"
_SHA256 = "colorizer:sha256"
_OWN = frozenset(map(name, (_TYPE, _SYSTEM, _VERSION, _TOOL, _DOCUMENT, _INSTANCE, _FROM, _FINGERPRINT)))
SOURCE_IDS = frozenset(map(name, (_DOCUMENT, _INSTANCE)))
"""What a label says of its source, and takes from there: in a derivative they are its own."""
_ORIGINS = ("xmpMM:DocumentID", "xmpMM:InstanceID", "xmpMM:OriginalDocumentID")


@dataclass(frozen=True, slots=True)
class Making:
    """What makes the derivatives of a run.

    Attributes:
        model: its name.
        model_sha256: of its files together, hexadecimal.
        fingerprint: of all that shapes an output's bytes.
    """

    model: str = "unnamed"
    model_sha256: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What a derivative says of itself; None where it does not say it.

    Attributes:
        term: of IPTC's Digital Source Type, the last part of its address: a value of `TERMS`.
        system: the software with the model's name.
        version: of both.
        document_id: the same for all derivatives of one source with one fingerprint.
        instance_id: the same for those of one format among them.
        source_sha256: of the source's bytes, hexadecimal.
        fingerprint: of all that shaped the derivative.
    """

    term: str
    system: str | None
    version: str | None
    document_id: str | None
    instance_id: str | None
    source_sha256: str | None
    fingerprint: str | None


def label_of(making: Making, term: Term, source_sha256: str, format: Format) -> Label:  # noqa: A002 (the log's word)
    """The label of one derivative: the same for the same arguments, on every machine and at every time."""
    version = f"{__version__}, model {making.model_sha256[:16]}" if making.model_sha256 else __version__
    return Label(
        term=TERMS[term],
        system=fit(f"Colorizer with the model {making.model}"),
        version=version,
        document_id=f"xmp.did:{_derived(source_sha256, making.fingerprint)}",
        instance_id=f"xmp.iid:{_derived(source_sha256, making.fingerprint, format)}",
        source_sha256=source_sha256,
        fingerprint=making.fingerprint,
    )


def labelled(xmp: Xmp, label: Label) -> Xmp:
    """The source's XMP with the label in it.

    Its ids become those that the derivative is derived from; its history goes on by one step, without a time. Nothing else of it
    is changed.
    """
    own = [
        simple(_TYPE, VOCABULARY + label.term),
        simple(_SYSTEM, label.system or ""),
        simple(_VERSION, label.version or ""),
        simple(_TOOL, SOFTWARE),
        simple(_DOCUMENT, label.document_id or ""),
        simple(_INSTANCE, label.instance_id or ""),
        structure(_FROM, _origin(xmp, label)),
        _history(xmp, label),
        simple(_FINGERPRINT, label.fingerprint or ""),
    ]
    return xmp.without(_OWN | {name(_HISTORY)}).joined(own)


def read_label(data: bytes, format: Format) -> Label | None:  # noqa: A002 (the log's word)
    """The label in a file's own bytes, by the file's parts beside the pixels: nothing is decoded. Never raises.

    Args:
        data: the file.
        format: that it should be of.

    Returns:
        None where it is of another format, holds no XMP that can be read, or XMP without one of the `TERMS`.
    """
    packet = read(data).xmp if kind_of(data) == format else None
    if packet is None:
        return None
    try:
        xmp = read_xmp(packet)
    except BrokenXmp:
        return None
    stated = (xmp.text(name(_TYPE)) or "").strip()
    term = stated.removeprefix(VOCABULARY)
    if term == stated or term not in TERMS.values():
        return None
    return Label(
        term=term,
        system=xmp.text(name(_SYSTEM)),
        version=xmp.text(name(_VERSION)),
        document_id=xmp.text(name(_DOCUMENT)),
        instance_id=xmp.text(name(_INSTANCE)),
        source_sha256=field_text(xmp.find(name(_FROM)), _SHA256),
        fingerprint=xmp.text(name(_FINGERPRINT)) or "",
    )


def _derived(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _origin(xmp: Xmp, label: Label) -> list[Element]:
    fields = [simple(_SHA256, label.source_sha256 or "")]
    for short in _ORIGINS:
        if value := xmp.text(name(short)):
            local = short.partition(":")[2]
            fields.append(simple(f"stRef:{local[0].lower()}{local[1:]}", value))
    return fields


def _history(xmp: Xmp, label: Label) -> Element:
    """The source's steps, whatever their form, and one more."""
    fields = {
        "stEvt:action": "edited",
        "stEvt:instanceID": label.instance_id or "",
        "stEvt:softwareAgent": SOFTWARE,
        "stEvt:parameters": f"colorized: {label.system}, {label.version}, fingerprint {label.fingerprint}",
    }
    step = structure("rdf:li", [simple(short, value) for short, value in fields.items()])
    history = array(_HISTORY, "Seq", [])
    steps, before = history[0], xmp.find(name(_HISTORY))
    if before is not None:
        steps.extend(before.findall(f"*/{name('rdf:li')}"))
    steps.append(step)
    return history
