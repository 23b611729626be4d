"""The label in XMP: merged into what the source has, whatever that is, read again, and never left out."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from colorizer_core.colorizer import Options
from colorizer_core.errors import LabelFailed
from colorizer_core.image import metadata
from colorizer_core.image.containers.kinds import read, write
from colorizer_core.image.containers.packets import Packets
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.label import TERMS, VOCABULARY, Label, Term, label_of, labelled, read_label
from colorizer_core.image.xmp import BrokenXmp, Xmp, name, read_xmp, write_xmp
from tests.carrying import MAKING, colored, encoded

FORMATS = tuple(CAPACITIES)
SHA256 = "5e" * 32
LABEL = label_of(MAKING, "composite", SHA256, "jpeg")
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def packet(properties: str, before: str = "") -> bytes:
    namespaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" '
        'xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" xmlns:own="http://archive.example/terms/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    )
    text = f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF} {namespaces}>{properties}</rdf:RDF></x:xmpmeta>'
    return text.encode()


def source(xmp: bytes, format: Format = "png") -> bytes:
    return write(encoded(format), format, Packets(xmp=xmp))


def carried(xmp: bytes, format: Format = "png") -> tuple[Xmp, str | None]:
    """The XMP of a derivative, and what the log says."""
    one = colored(source(xmp), format)
    assert read_label(one.data, format) is not None
    found = read(one.data).xmp
    assert found is not None
    return read_xmp(found), one.metadata_kept


def test_properties_are_kept_in_both_of_their_forms_with_the_prefixes_they_had():
    xmp, kept = carried(
        packet(
            '<rdf:Description rdf:about="uuid:x" own:shelf="B 7 &amp; 8"/><rdf:Description><dc:creator><rdf:Seq>'
            "<rdf:li>Erna &lt;Müller&gt;</rdf:li></rdf:Seq></dc:creator></rdf:Description>"
        )
    )
    assert kept == "xmp"
    assert xmp.text("{http://archive.example/terms/}shelf") == "B 7 & 8"
    assert xmp.prefixes["http://archive.example/terms/"] == "own"
    creator = xmp.find(name("dc:creator"))
    assert creator is not None
    assert [one.text for one in creator.iter(name("rdf:li"))] == ["Erna <Müller>"]


def test_what_a_label_says_replaces_what_a_source_said_and_is_there_once():
    xmp, _ = carried(
        packet(
            f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{VOCABULARY}negativeFilm" xmp:CreatorTool="Scan"/>'
            "<rdf:Description><xmpMM:DocumentID>xmp.did:a</xmpMM:DocumentID></rdf:Description>"
        )
    )
    tags = [one.tag for one in xmp.properties]
    for short in ("Iptc4xmpExt:DigitalSourceType", "xmp:CreatorTool", "xmpMM:DocumentID"):
        assert tags.count(name(short)) == 1
    assert xmp.text(name("Iptc4xmpExt:DigitalSourceType")) == VOCABULARY + TERMS["composite"]


@pytest.mark.parametrize(
    "step",
    [
        '<rdf:li stEvt:action="created" stEvt:when="2001-02-03"/>',
        '<rdf:li rdf:parseType="Resource"><stEvt:action>created</stEvt:action></rdf:li>',
        "<rdf:li><rdf:Description><stEvt:action>created</stEvt:action></rdf:Description></rdf:li>",
    ],
)
def test_history_goes_on_by_one_step_without_a_time(step: str):
    xmp, _ = carried(
        packet(f"<rdf:Description><xmpMM:History><rdf:Seq>{step}</rdf:Seq></xmpMM:History></rdf:Description>")
    )
    history = xmp.find(name("xmpMM:History"))
    assert history is not None
    first, last = history[0]
    assert "created" in write_xmp(Xmp((first,))).decode()
    assert "edited" in write_xmp(Xmp((last,))).decode()
    assert "when" not in write_xmp(Xmp((last,))).decode()


HOSTILE = {
    "entities": packet("&b;", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'),
    "external": packet("&b;", '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
    "dtd": packet("<rdf:Description/>", '<!DOCTYPE x SYSTEM "http://example.com/x.dtd">'),
    "long": packet(f"<rdf:Description><dc:title>{'x' * 10_000_000}</dc:title></rdf:Description>"),
    "many": packet("<rdf:Description>" + "<dc:title/>" * 60_000 + "</rdf:Description>"),
    "deep": packet("<rdf:Description>" + "<dc:title>" * 5000 + "</dc:title>" * 5000 + "</rdf:Description>"),
    "broken off": packet("<rdf:Description><dc:title>Ein Platz</dc:title></rdf:Description>")[:-30],
    "no RDF": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    "no XML": bytes(range(256)),
    "encoding": b'<?xml version="1.0" encoding="rot13"?><x/>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_xmp_is_not_read_and_costs_the_derivative_nothing(kind: str):
    with pytest.raises(BrokenXmp):
        read_xmp(HOSTILE[kind])
    xmp, kept = carried(HOSTILE[kind])
    assert kept == "nothing; lost: xmp"
    assert b"passwd" not in write_xmp(xmp)


def test_utf_16_is_read():
    text = packet("<rdf:Description><dc:title>Größe</dc:title></rdf:Description>").decode()
    assert read_xmp(text.encode("utf-16")).text(name("dc:title")) == "Größe"


def test_in_a_jpeg_the_longest_properties_have_no_room_and_the_others_do():
    long = f"<dc:description>{'x' * 40_000}</dc:description><own:other>{'y' * 41_000}</own:other>"
    xmp, kept = carried(packet(f"<rdf:Description><dc:title>Ein Platz</dc:title>{long}</rdf:Description>"), "jpeg")
    assert kept == "xmp; lost: xmp other (too long)"
    assert xmp.text(name("dc:title")) == "Ein Platz"
    assert len(xmp.text(name("dc:description")) or "") == 40_000
    xmp, kept = carried(packet(f"<rdf:Description>{long}</rdf:Description>"), "webp")
    assert (kept, len(xmp.properties)) == ("xmp", len(labelled(Xmp(), LABEL).properties) + 2)


def test_of_a_great_many_properties_a_jpeg_holds_what_has_room():
    many = "".join(f"<own:p{n}>{n}</own:p{n}>" for n in range(20_000))
    xmp, kept = carried(packet(f"<rdf:Description>{many}</rdf:Description>"), "jpeg")
    assert kept is not None
    assert kept.startswith("xmp; lost: xmp p")
    assert len(kept) <= 500
    assert len(xmp.properties) > 1000
    spaces = "".join(f'<a:p{n} xmlns:a="urn:{n}">{n}</a:p{n}>' for n in range(20_000))
    xmp, kept = carried(packet(f"<rdf:Description>{spaces}</rdf:Description>"), "jpeg")
    assert kept is not None
    assert kept.startswith("nothing; lost: xmp p")


def test_of_extended_xmp_the_main_part_is_read():
    image = io.BytesIO()
    main = packet(
        '<rdf:Description xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="0A" dc:title="Main"/>'
    )
    Image.new("L", (8, 8)).save(image, "JPEG", xmp=main)
    whole = image.getvalue()
    at = whole.index(b"\xff\xdb")
    body = b"http://ns.adobe.com/xmp/extension/\0" + b"0A" * 16 + bytes(8) + b"<more/>"
    extended = whole[:at] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + whole[at:]
    one = colored(extended, "jpeg")
    assert one.metadata_kept == "xmp; lost: extended xmp"
    found = read(one.data).xmp
    assert found is not None
    assert read_xmp(found).text(name("dc:title")) == "Main"
    assert b"extension" not in one.data


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("term", TERMS)
def test_a_label_is_read_as_it_was_written(format: Format, term: Term):
    one = colored(encoded("jpeg"), format, Options(label=term))
    label = read_label(one.data, format)
    assert label is not None
    assert label.term == TERMS[term] == one.label
    assert label.system == "Colorizer with the model mini"
    for other in FORMATS:
        assert (read_label(one.data, other) is None) == (other != format)


@pytest.mark.parametrize("format", FORMATS)
def test_without_a_label_none_is_read(format: Format):
    assert read_label(encoded(format), format) is None
    assert read_label(b"", format) is None
    film = packet(f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{VOCABULARY}negativeFilm"/>')
    bare = packet(f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{TERMS["composite"]}"/>')
    for other in (film, bare, HOSTILE["entities"], b"<x"):
        assert read_label(source(other, format), format) is None


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_does_not_hold_its_label_is_not_given(format: Format, monkeypatch: pytest.MonkeyPatch):
    def forgetful(data: bytes, format: Format, packets: Packets) -> bytes:
        return write(data, format, replace(packets, xmp=None))

    monkeypatch.setattr(metadata, "write", forgetful)
    with pytest.raises(LabelFailed) as raised:
        colored(encoded("jpeg"), format)
    assert raised.value.code == "LABEL_FAILED"


def test_ids_come_from_source_and_fingerprint_and_the_instances_also_from_the_format():
    def ids(label: Label) -> tuple[str | None, str | None]:
        return label.document_id, label.instance_id

    same, other_format = label_of(MAKING, "composite", SHA256, "jpeg"), label_of(MAKING, "composite", SHA256, "png")
    assert ids(same) == ids(LABEL)
    assert other_format.document_id == LABEL.document_id
    assert other_format.instance_id != LABEL.instance_id
    for another in (
        label_of(MAKING, "composite", "00" * 32, "jpeg"),
        label_of(replace(MAKING, fingerprint="fedcba9876543210"), "composite", SHA256, "jpeg"),
    ):
        assert not set(ids(another)) & set(ids(LABEL))


def test_a_models_name_may_hold_anything():
    label = label_of(replace(MAKING, model='<a> & "b" \x00\udc80 日本'), "composite", SHA256, "png")
    found = read_label(source(write_xmp(labelled(Xmp(), label))), "png")
    assert found == label
