"""Requests as files: all of them come back, and a file that is not as it was made is refused."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.events import Event, Failed, Feature, Joined, PhotoRef, Submitted, new_id
from bus.export import BadExport, Exported, dump, load, public_id, with_id
from bus.findings import Box, Face, Faces, Facts
from bus.history import History, Stored
from bus.jetstream.codec import pack
from bus.observability.scrubbing import scrubbed
from bus.roast.events import Cued, Roast
from bus.roast.history import cued_of
from bus.roast.style import drawn_seed, style_of

ID = "AbCdEfGhIjKlMnOpQrStUv"
PHOTO = b"\xff\xd8 surely a photo \xff\xd9"


def submitted(id: str = ID, **more: Any) -> Submitted:
    ref = PhotoRef(key=id, sha256=hashlib.sha256(PHOTO).hexdigest(), width=4, height=3, bytes=len(PHOTO))
    given = {"photo": ref, "facts": Facts(), "expects": ("faces",), "join_by": 20.0, "expire_by": 300.0, **more}
    return Submitted(product="roast", id=id, at=1.0, **given)


def exported(*more: Event, photo: bytes | None = PHOTO, **changes: Any) -> Exported:
    events = (submitted(**changes), *more)
    return Exported(History(tuple(Stored(n, 1.5 + n, event) for n, event in enumerate(events, 7))), photo)


FACES = Feature(id=ID, analyzer="faces", status="ok", finding=Faces(faces=()), compute_ms=3.25)
JOINED = Joined(id=ID, at=3.0, complete=True)
CUED = Cued(id=ID, at=3.0)
WHOLE = dump([exported(FACES, JOINED, CUED)])


def test_all_comes_back_but_the_id_and_the_same_request_gets_the_same_one_in_every_file() -> None:
    (found,) = load(WHOLE)
    assert found.photo == PHOTO
    assert found.submitted.id == found.submitted.photo.key == public_id(ID) != ID
    assert [(s.seq, s.at) for s in found.history.events] == [(7, 8.5), (8, 9.5), (9, 10.5), (10, 11.5)]
    assert found.history.features["faces"] == FACES.model_copy(update={"id": public_id(ID)})
    assert dump([exported(FACES, JOINED, CUED)]) == WHOLE


def test_no_id_is_in_a_file_neither_the_requests_own_nor_its_parents() -> None:
    parent = new_id()
    packed = dump([exported(FACES, parent=parent)])
    body = zlib.decompress(packed.partition(b"\n")[2])
    assert ID.encode() not in body
    assert parent.encode() not in body
    assert load(packed)[0].submitted.parent == public_id(parent)


def test_the_dice_that_the_id_has_thrown_are_in_the_file_as_the_id_is_not() -> None:
    (found,) = load(WHOLE)
    assert style_of(found.submitted).seed == drawn_seed(ID)
    cued = cued_of(found.history)
    assert cued is not None
    assert cued.style == style_of(found.submitted)
    assert style_of(load(dump([exported(options={"seed": 3})]))[0].submitted).seed == 3


@pytest.mark.parametrize(
    "secret",
    [
        "nats://gateway:hunter2secret@10.0.0.1:4222 refused",
        "Authorization: Bearer abcdefgh12345 was wrong",
        "api_key=abcdefgh12345",
        "the key sk-abcdefgh12345678 is over its limit",
        "/home/hunter2/models/a.onnx: no such file",
        "C:\\Users\\hunter2\\a.onnx",
    ],
)
def test_credentials_and_names_of_accounts_are_taken_out_of_messages(secret: str) -> None:
    events = (
        Feature(id=ID, analyzer="faces", status="failed", reason=secret),
        Joined(id=ID, complete=False, missing={"faces": secret}),
        Failed(id=ID, code="broken", detail=secret, hint=secret),
    )
    text = repr(load(dump([exported(*events)])))
    assert "…" in scrubbed(secret)
    assert not any(word in text for word in ("hunter2", "abcdefgh12345"))
    roast = Roast(id=ID, text="t", jokes=(), writer="w", persona="p", heat="h", note=secret)
    assert "hunter2" not in repr(load(dump([exported(roast)])))


def test_a_message_without_secrets_stays_as_it_is() -> None:
    for text in ("no faces in the photo", "a token effort", "basic lighting", "the bearer of it", "at 12:30 it ended"):
        assert scrubbed(text) == text


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_that_is_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(BadExport):
        load(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_file_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= change
    with pytest.raises(BadExport):
        load(bytes(damaged))


def test_a_first_line_that_names_another_length_is_refused() -> None:
    length = len(WHOLE.partition(b"\n")[2])
    for other in (0, length - 1, length + 1, 10 * length):
        with pytest.raises(BadExport):
            load(WHOLE.replace(b" %d " % length, b" %d " % other, 1))


@given(st.binary(max_size=400))
def test_whatever_somebody_calls_an_export_is_read_or_refused_and_never_worse(data: bytes) -> None:
    with pytest.raises(BadExport):
        load(data)
    with pytest.raises(BadExport):
        load(sealed(data))


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["schema", "events", "photo"]), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_a_sealed_file_with_something_else_in_it_is_refused(document: Any) -> None:
    with pytest.raises(BadExport):
        load(sealed(zlib.compress(pack(document) if fits(document) else b"")))


def fits(document: Any) -> bool:
    try:
        pack(document)
    except (OverflowError, ValueError):
        return False
    return True


def sealed(body: bytes, version: int = 1) -> bytes:
    return b"heckler-export %d %d %s\n" % (version, len(body), hashlib.sha256(body).hexdigest().encode()) + body


def rewritten(change: Any) -> bytes:
    """The whole file with its document changed, and a digest that fits."""
    import msgpack

    document = msgpack.unpackb(zlib.decompress(WHOLE.partition(b"\n")[2]))
    change(document)
    return sealed(zlib.compress(pack(document)))


def mixed(document: Any) -> None:
    other = Failed(id=ID, code="c", detail="d")
    document[0]["events"].append([20, 2.0, other.subject, pack(other.model_dump())])


def doubled(document: Any) -> None:
    seq, *rest = document[0]["events"][1]
    document[0]["events"].append([seq + 50, *rest])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (sealed(b"anything", version=2), "newer Heckler made it"),
        (b"GIF89a", "no file that `heckler replay export` made"),
        (WHOLE + b"x", "altered"),
        (WHOLE[:-5], "cut off"),
        (sealed(zlib.compress(zlib.decompress(WHOLE.partition(b"\n")[2]))[:-40]), "ends too early"),
        (rewritten(mixed), "mixed"),
        (rewritten(doubled), "twice"),
        (rewritten(lambda d: d[0].update(photo=b"another")), "not the one"),
        (rewritten(lambda d: d[0].update(schema=99)), "schema 99"),
        (rewritten(lambda d: d[0].update(events=[])), "no beginning"),
        (rewritten(lambda d: d[0]["events"][0].__setitem__(1, float("nan"))), "no number"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(BadExport, match=words):
        load(data)


def test_under_another_id_everything_names_that_id_and_the_photo_lies_there() -> None:
    fresh = with_id(load(WHOLE)[0], "B" * 22)
    assert {stored.event.id for stored in fresh.history.events} == {"B" * 22}
    assert fresh.submitted.photo.key == "B" * 22


def test_numbers_come_back_to_the_last_bit() -> None:
    box = Box(x=1.1, y=2, w=3, h=4)
    faces = Faces(faces=(Face(box=box, score=0.123456789, landmarks=((1.1, 2.2),), sharpness=1 / 3, size=0.1),))
    feature = Feature(id=ID, analyzer="faces", status="ok", finding=faces)
    assert load(dump([exported(feature)]))[0].history.features["faces"].finding == faces
