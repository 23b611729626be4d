"""Output names: decided before anything runs, below OUT, never in the log."""

from __future__ import annotations

import posixpath
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobs.errors import RefusedName
from jobs.names import FORMATS, AskedFormat, Naming, Style, fold, format_of, is_inside
from jobs.rows import NOTHING_STATED, ManifestRow

S3 = Naming("s3://archive/color", "s3://archive/color/colorizer-log")
DISK = Naming("file:///data/color", "file:///data/color/colorizer-log")


def row(uri: str, relative: str | None = None, output_key: str | None = None) -> ManifestRow:
    return ManifestRow(uri, NOTHING_STATED, relative, output_key, None, 1)


@pytest.mark.parametrize(
    ("uri", "relative", "output_key", "output"),
    [
        ("s3://photos/1950/a.tif", "1950/a.tif", None, "1950/a.tif"),
        ("s3://photos/1950/a.tif", None, None, "photos/1950/a.tif"),
        ("file:///mnt/scans/a.tif", None, None, "mnt/scans/a.tif"),
        ("s3://photos/a.tif", None, "by-id/7.png", "by-id/7.png"),
        ("s3://photos/a%2Fb+c d.jpg", None, None, "photos/a%2Fb+c d.jpg"),
        ("s3://photos/a\\b.jpg", None, None, "photos/a\\b.jpg"),
    ],
)
def test_an_output_is_the_path_below_the_prefix_or_bucket_and_key_or_its_output_key(
    uri: str, relative: str | None, output_key: str | None, output: str
) -> None:
    for naming in (S3, DISK):
        assert naming.output_uri(row(uri, relative, output_key)) == f"{naming.out}/{output}"


KEPT = ["a.jpg", "a.JPEG", "a.jpe", "a.Jfif", "a.png", "a.tif", "a.TIFF", "a.webp", "a.jp2", "a.j2k", "b.c/a.tif"]
REPLACED = [("a.bmp", "a"), ("a.GIF", "a"), ("a", "a"), (".jpg", ".jpg"), ("x.y/a", "x.y/a"), ("a.b.pdf", "a.b")]


@pytest.mark.parametrize("name", KEPT)
def test_keep_keeps_what_can_be_written_as_it_is_spelled(name: str) -> None:
    for style in ("stem", "full"):
        assert Naming("s3://o", "s3://l", style).output_uri(row("s3://b/x", name)) == f"s3://o/{name}"


@pytest.mark.parametrize(("name", "stem"), REPLACED)
def test_keep_makes_all_else_png(name: str, stem: str) -> None:
    assert Naming("s3://o", "s3://l").output_uri(row("s3://b/x", name)) == f"s3://o/{stem}.png"
    assert Naming("s3://o", "s3://l", "full").output_uri(row("s3://b/x", name)) == f"s3://o/{name}.png"


@pytest.mark.parametrize(
    ("style", "asked", "name", "output"),
    [
        ("stem", "jpeg", "a.tif", "a.jpg"),
        ("full", "jpeg", "a.tif", "a.tif.jpg"),
        ("stem", "jpeg", "a.JPEG", "a.jpg"),
        ("full", "jpeg", "a.jpg", "a.jpg.jpg"),
        ("stem", "tiff", "a.b.jpg", "a.b.tif"),
        ("stem", "webp", "a", "a.webp"),
        ("full", "jp2", "a", "a.jp2"),
        ("stem", "png", "x.y/.hidden", "x.y/.hidden.png"),
    ],
)
def test_a_given_format_takes_the_extensions_place_or_stands_behind_it(
    style: Style, asked: AskedFormat, name: str, output: str
) -> None:
    assert Naming("s3://o", "s3://l", style, asked).output_uri(row("s3://b/x", name)) == f"s3://o/{output}"


REFUSED = [
    ("s3://b/../x.jpg", None, r"'\.\.'"),
    ("s3://b/a/../../../x.jpg", None, r"'\.\.'"),
    ("s3://b/a/./x.jpg", None, r"'\.'"),
    ("s3://b/a//x.jpg", None, "empty segment"),
    ("s3://b//x.jpg", None, "empty segment"),
    ("s3://b/a/", None, "a folder, not a photograph"),
    ("s3://../x.jpg", None, r"'\.\.'"),
    ("s3://b/a\nb.jpg", None, r"a\\x0ab.*U\+000A"),
    ("s3://b/a\udcff.jpg", None, "not UTF-8"),
    ("s3://b/a.jpg", "/etc/x.jpg", "absolute"),
    ("s3://b/a.jpg", "../x.jpg", r"'\.\.'"),
    ("s3://b/a.jpg", "s3://c/x.jpg", "empty segment"),
    ("s3://b/a.jpg", "x", "extension must say the format"),
    ("s3://b/a.jpg", "x.bmp", "extension must say the format"),
    ("s3://b/a.jpg", "x.jpg/", "a folder"),
    ("s3://b/a.jpg", "colorizer-log/x.jpg", "in the log"),
    ("s3://colorizer-log/a.jpg", None, "in the log"),
    ("s3://AKIAEXAMPLE:secret@b/a.jpg", None, "credentials or a signature"),
    ("s3://b/a.jpg?X-Amz-Signature=secret", "a.jpg", "credentials or a signature"),
    ("s3://b/a.jpg", "a?X-Amz-Security-Token=secret&.jpg", "credentials or a signature"),
]


@pytest.mark.parametrize(("uri", "output_key", "why"), REFUSED, ids=[why + uri[-9:] for uri, _, why in REFUSED])
def test_names_that_could_lie_elsewhere_are_refused(uri: str, output_key: str | None, why: str) -> None:
    for naming in (S3, DISK):
        with pytest.raises(RefusedName, match=why) as found:
            naming.output_uri(row(uri, None, output_key))
        assert str(found.value).isprintable()
        assert "secret" not in str(found.value)


def test_a_log_below_out_and_the_leases_folder_are_both_out_of_bounds() -> None:
    naming = Naming("file:///out", "file:///out/Logs/one")
    for key in ("logs/ONE/a.jpg", "Colorizer-Log/a.jpg"):
        with pytest.raises(RefusedName, match="in the log"):
            naming.output_uri(row("s3://b/k", None, key))
    assert naming.output_uri(row("s3://b/k", None, "logs/one.jpg")) == "file:///out/logs/one.jpg"
    objects = Naming("s3://out/", "s3://out/Logs/one")
    assert objects.output_uri(row("s3://b/k", None, "logs/one/a.jpg")) == "s3://out/logs/one/a.jpg"


def test_an_output_key_must_agree_with_the_format_that_is_asked_for() -> None:
    naming = Naming("s3://o", "s3://l", "stem", "tiff")
    assert naming.output_uri(row("s3://b/k.jpg", None, "a.TIFF")) == "s3://o/a.TIFF"
    with pytest.raises(RefusedName, match="says jpeg and --format says tiff"):
        naming.output_uri(row("s3://b/k.jpg", None, "a.jpg"))


def test_names_too_long_for_their_store_are_refused() -> None:
    long = "é" * 126 + ".jpg"  # 256 bytes
    assert S3.output_uri(row("s3://b/x", long))
    with pytest.raises(RefusedName, match="256 bytes; a disk takes 255"):
        DISK.output_uri(row("s3://b/x", long))
    assert DISK.output_uri(row("s3://b/x", long[1:]))
    deep = "a/" * 507 + "a.jpg"  # with color/ in front: 1,025 bytes
    with pytest.raises(RefusedName, match="1025 bytes; S3 takes 1024"):
        S3.output_uri(row("s3://b/x", deep))
    assert S3.output_uri(row("s3://b/x", deep[2:]))
    with pytest.raises(RefusedName, match="4095"):
        DISK.output_uri(row("s3://b/x", f"{'a' * 250}/" * 17 + "a.jpg"))
    with pytest.raises(RefusedName, match="256 folders deep"):
        DISK.output_uri(row("s3://b/x", "a/" * 256 + "a.jpg"))
    assert DISK.output_uri(row("s3://b/x", "a/" * 255 + "a.jpg"))


def test_a_slash_at_the_end_of_out_changes_nothing() -> None:
    for out in ("s3://bucket", "s3://bucket/"):
        assert Naming(out, "s3://log").output_uri(row("s3://b/x", "a.jpg")) == "s3://bucket/a.jpg"
    assert Naming("file:///", "file:///log").output_uri(row("s3://b/x", "a.jpg")) == "file:///a.jpg"


def test_the_format_is_known_by_the_name_alone() -> None:
    assert {format_of(f"s3://o/a.{extension.upper()}") for extension in FORMATS} == set(FORMATS.values())
    for name in ("s3://o/a.bmp", "s3://o.jpg/a", "s3://o/.jpg", ""):
        with pytest.raises(ValueError, match="none of jpg"):
            format_of(name)


def test_fold_ignores_case_and_unicode_form() -> None:
    assert fold("Straße/É.JPG") == fold("STRASSE/e\u0301.jpg")
    assert fold("\u0390") == fold("\u1fd3") == fold("\u03b9\u0308\u0301")
    assert fold("a") != fold("b")


ANY_KEY = st.text(
    st.one_of(st.sampled_from("./\\ ~:%aAéE\u0301\0\n"), st.characters(exclude_categories=())), min_size=1, max_size=60
)
NAMING = st.builds(
    Naming,
    st.sampled_from(["s3://out", "s3://out/a/b", "file:///out", "file:///out/a/"]),
    st.sampled_from(["s3://out/a/b/log", "file:///out/a/log", "s3://elsewhere", "file:///out/colorizer-log"]),
    st.sampled_from(["stem", "full"]),
    st.sampled_from(["keep", "jpeg", "png", "tiff", "webp", "jp2"]),
)


@given(naming=NAMING, key=ANY_KEY, way=st.sampled_from(["manifest", "listing", "output_key"]))
def test_whatever_the_key_the_output_is_below_out_and_not_in_the_log(naming: Naming, key: str, way: str) -> None:
    one = {
        "manifest": row(f"s3://b/{key}"),
        "listing": row(f"s3://b/{key}", key),
        "output_key": row("s3://b/k.tif", None, f"{key}.jpg"),
    }[way]
    try:
        output = naming.output_uri(one)
    except RefusedName:
        return
    out = naming.out.rstrip("/")
    path = output.partition("://")[2]
    assert output.startswith(f"{out}/")
    assert posixpath.normpath(path) == path
    assert not is_inside(output, naming.log)
    assert not is_inside(output, f"{out}/colorizer-log")
    assert format_of(output) == naming.format or naming.format == "keep"
    output.encode()


@given(naming=NAMING, keys=st.tuples(ANY_KEY, ANY_KEY))
def test_full_names_of_a_given_format_tell_different_sources_apart(naming: Naming, keys: tuple[str, str]) -> None:
    assume(keys[0] != keys[1])
    full = Naming(naming.out, naming.log, "full", "jpeg")
    try:
        outputs = {full.output_uri(row(f"s3://b/{key}", key)) for key in keys}
    except RefusedName:
        return
    assert len(outputs) == 2


@given(text=ANY_KEY)
def test_fold_of_a_fold_is_the_fold(text: str) -> None:
    assert fold(fold(text)) == fold(text) == fold(unicodedata.normalize("NFD", text))
