"""What derivatives carry, as exiftool reads it: each of five formats, from sources with metadata, broken ones, and none."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from colorizer_core.colorizer import Colored, Options
from colorizer_core.image.formats import CAPACITIES, Format
from colorizer_core.image.label import read_label
from tests import exiftool
from tests.carrying import ENDINGS, MAKING, broken, colored, described, encoded, gray

pytestmark = exiftool.needed
FORMATS = tuple(CAPACITIES)
TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
Found = Mapping[str, tuple[Colored, dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Derivatives by `kind-source-output`, and their tags."""
    folder = tmp_path_factory.mktemp("carried")
    whole = {kind: described(kind, folder) for kind in FORMATS}
    sources = {
        "whole": whole,
        "broken": {kind: broken(kind, whole[kind]) for kind in FORMATS},
        "plain": {kind: encoded(kind) for kind in FORMATS},
    }
    made: dict[str, Colored] = {}
    for kind, source, output in itertools.product(sources, FORMATS, FORMATS):
        made[f"{kind}-{source}-{output}"] = colored(sources[kind][source], output)
    made["none-jpeg-jpeg"] = colored(whole["jpeg"], "jpeg", Options(metadata="none", label="enhanced"))
    paths = [folder / f"{name}{ENDINGS[one.format]}" for name, one in made.items()]
    for path in paths:
        path.write_bytes(made[path.stem].data)
    tags = {Path(name).stem: tags for name, tags in exiftool.read(*paths).items()}
    return {name: (one, tags[name]) for name, one in made.items()}


def each(kind: str) -> list[str]:
    return [f"{kind}-{source}-{output}" for source, output in itertools.product(FORMATS, FORMATS)]


@pytest.mark.parametrize("name", [*each("whole"), *each("broken"), *each("plain")])
def test_every_derivative_says_that_software_coloured_it_and_what_it_was_made_of(found: Found, name: str):
    one, tags = found[name]
    assert tags["XMP-iptcExt:DigitalSourceType"] == TERM
    assert tags["XMP-iptcExt:AISystemUsed"] == "Colorizer with the model mini"
    assert "a1a1a1a1" in tags["XMP-iptcExt:AISystemVersionUsed"]
    assert tags["XMP-xmp:CreatorTool"].startswith("Colorizer ")
    label = read_label(one.data, one.format)
    assert label is not None
    assert (label.document_id, label.instance_id) == (tags["XMP-xmpMM:DocumentID"], tags["XMP-xmpMM:InstanceID"])
    assert tags["XMP-xmpMM:DerivedFrom"]["Sha256"] == label.source_sha256
    assert tags["XMP-xmpMM:History"][-1]["InstanceID"] == label.instance_id
    assert "When" not in tags["XMP-xmpMM:History"][-1]
    assert (label.fingerprint, one.label) == (MAKING.fingerprint, label.term)


@pytest.mark.parametrize("name", [*each("whole"), *each("broken"), *each("plain")])
def test_every_derivative_is_upright_srgb_and_has_no_thumbnail(found: Found, name: str):
    one, tags = found[name]
    assert tags["IFD0:Orientation"] == 1
    assert tags["ExifIFD:ColorSpace"] == 1
    assert (tags["ExifIFD:ExifImageWidth"], tags["ExifIFD:ExifImageHeight"]) == (one.width, one.height)
    assert "XMP-tiff:Orientation" not in tags
    assert not [tag for tag in tags if "Thumbnail" in tag or tag.startswith("IFD1:")]
    if one.format == "png":
        assert (tags["PNG:SRGBRendering"], tags["PNG:Gamma"]) == (0, pytest.approx(2.2))
    elif one.format == "jp2":
        assert tags["Jpeg2000:ColorSpace"] == 16  # sRGB, of T.800's table I.10
    else:
        assert tags["ICC_Profile:ProfileDescription"] == "sRGB"


@pytest.mark.parametrize("name", each("whole"))
def test_descriptions_go_along_and_creator_and_rights_are_as_they_were(found: Found, name: str):
    one, tags = found[name]
    assert (one.width, one.height) == gray().shape  # turned by its EXIF, and so is what follows
    assert (tags["IFD0:XResolution"], tags["IFD0:YResolution"], tags["IFD0:ResolutionUnit"]) == (200, 300, 2)
    assert (tags["IFD0:Artist"], tags["IFD0:Copyright"]) == ("Erna Müller", "© Archiv")
    assert (tags["IFD0:ImageDescription"], tags["IFD0:Software"]) == ("Ein Platz", "Scan 3")
    assert (tags["ExifIFD:DateTimeOriginal"], tags["ExifIFD:UserComment"]) == ("1908:01:02 03:04:05", "Größe")
    assert (tags["GPS:GPSLatitude"], tags["GPS:GPSLatitudeRef"]) == (47.5, "N")
    assert tags["XMP-dc:Creator"] == ["Erna Müller"]
    assert tags["XMP-dc:Rights"] == "© Archiv"
    assert tags["XMP-photoshop:Credit"] == "Archiv"
    assert tags["XMP-xmpMM:DerivedFrom"]["DocumentID"] == "xmp.did:source"
    assert tags["XMP-xmpMM:DerivedFrom"]["InstanceID"] == "xmp.iid:source"
    first, last = tags["XMP-xmpMM:History"]
    assert (first["Action"], first["When"], last["Action"]) == ("created", "2009:03:06 16:01:04", "edited")


@pytest.mark.parametrize("name", [name for name in each("whole") if "-webp-" not in name])
def test_iptc_iim_goes_along_and_into_webp_as_xmp(found: Found, name: str):
    one, tags = found[name]
    if one.format == "webp":
        assert tags["XMP-dc:Description"] == "Ein Platz"
        assert tags["XMP-dc:Subject"] == ["a", "b"]
        assert one.metadata_kept is not None
        assert "iptc (as xmp)" in one.metadata_kept
        return
    assert (tags["IPTC:By-line"], tags["IPTC:Caption-Abstract"]) == ("Erna Müller", "Ein Platz")
    assert tags["IPTC:Keywords"] == ["a", "b"]


@pytest.mark.parametrize("output", FORMATS)
def test_the_resolution_is_kept_where_each_format_says_it(found: Found, output: Format):
    _, tags = found[f"whole-tiff-{output}"]
    if output == "jpeg":
        assert (tags["JFIF:XResolution"], tags["JFIF:YResolution"], tags["JFIF:ResolutionUnit"]) == (200, 300, 1)
    if output == "png":
        assert (tags["PNG-pHYs:PixelsPerUnitX"], tags["PNG-pHYs:PixelsPerUnitY"]) == (7874, 11811)
    if output == "jp2":
        assert (tags["Jpeg2000:CaptureXResolution"], tags["Jpeg2000:CaptureYResolution"]) == (7874, 11811)


KEPT = {
    "whole": {
        "jpeg": "exif, xmp, iptc; lost: thumbnail",
        "png": "exif, xmp, iptc; lost: thumbnail",
        "tiff": "exif, xmp, iptc",  # its second directory is a second page, not a thumbnail
        "webp": "exif, xmp; lost: thumbnail",
        "jp2": "exif, xmp, iptc; lost: thumbnail",
    },
    "broken": {
        "jpeg": "nothing; lost: exif, xmp, iptc",
        "png": "nothing; lost: exif, xmp, iptc",
        "tiff": "exif; lost: exif: 1 field, xmp, iptc",
        "webp": "nothing; lost: exif, xmp",
        "jp2": "nothing; lost: exif, xmp, iptc",
    },
}


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("kind", ["whole", "broken", "plain"])
def test_the_log_says_what_went_along_and_what_was_lost(found: Found, kind: str, source: Format):
    told = found[f"{kind}-{source}-tiff"][0].metadata_kept
    assert told == (KEPT[kind][source] if kind in KEPT else None)


def test_metadata_none_carries_the_label_the_resolution_and_nothing_else(found: Found):
    one, tags = found["none-jpeg-jpeg"]
    assert one.metadata_kept == "nothing; lost: exif, xmp, iptc, thumbnail"
    assert tags["XMP-iptcExt:DigitalSourceType"].endswith("/algorithmicallyEnhanced")
    assert (tags["IFD0:XResolution"], tags["IFD0:Orientation"]) == (200, 1)
    assert tags["XMP-xmpMM:DerivedFrom"]["DocumentID"] == "xmp.did:source"
    assert not [
        tag for tag in tags if tag.startswith(("IPTC:", "GPS:", "XMP-dc:")) or tag.endswith(("Artist", "Original"))
    ]


@pytest.mark.parametrize("name", each("whole"))
def test_no_time_but_the_sources_own_is_in_a_derivative(found: Found, name: str):
    _, tags = found[name]
    own = {"ExifIFD:DateTimeOriginal", "XMP-xmpMM:History", "ICC-header:ProfileDateTime"}
    times = {tag for tag in tags if "Date" in tag or "When" in tag} - own
    assert {tag for tag in times if not tag.startswith("System:")} == set()
    assert tags.get("ICC-header:ProfileDateTime", "2000:01:01 00:00:00") == "2000:01:01 00:00:00"  # in every profile
