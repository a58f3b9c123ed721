"""Text that stands in the photo. It is a quotation: it is marked as one, and never followed as an instruction."""

from __future__ import annotations

import logging
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from bus.findings import Point, Text, TextLine

READING_SIDE = 1280
"""Long side at which lines are cut out and read; finding them happens at `FINDING_SIDE`."""
FINDING_SIDE = 640
"""Long side at which the photo is searched. At 960 it takes twice to thrice as long and finds little more."""
MOST_READING = 160.0
"""How much is read, the largest lines first, in line heights of width. Reading a line costs some 6 ms for each of them,
and never less than 40 ms; textures can look like hundreds of lines, and a printed page holds a hundred."""
LEAST_WIDTH = 320 / 48
"""The recogniser widens shorter lines to this many heights."""
MOST_LINES = 12
SMALLEST_HEIGHT = 8
"""Lines lower than this, in pixels of the image that is read, come out as guesses."""
SURE = 0.8
SURE_WHEN_SHORT = 0.97
"""Score that one or two signs need. Cups read as '8' (.95) and collars as 'V' (.95); real digits have 1.00."""
SHORT = 2
LETTERS = 0.6
"""Least share of letters and digits among the signs; textures read as dots, stars and crosses."""
MOST_SIGNS = 200

Quad = NDArray[np.float32]


class Line(NamedTuple):
    """One line as the reader reports it: its text, its score, its corners [4, 2] clockwise from the top left."""

    text: str
    score: float
    quad: Quad


class Reader:
    """PaddleOCR's detector, direction classifier and recogniser (ONNX, in the `rapidocr` wheel), put together by hand.

    RapidOCR's own pipeline reads every candidate, however many there are, and fetches what its folder lacks; this one
    reads a bounded number, uses the wheel's files or fails, and runs in sessions under this program's thread policy.
    May be called from any thread.
    """

    def __init__(self) -> None:
        config = _config()
        from rapidocr.ch_ppocr_cls import TextClassifier
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer

        config.Det.limit_type, config.Det.limit_side_len = "max", FINDING_SIDE
        config.Rec.rec_batch_num = 1  # a batch is as wide as its longest line: six times the memory, and no faster
        self.model = f"{config.Rec.ocr_version.value}-{config.Rec.model_type.value}"
        self._find = TextDetector(_with_session(config.Det))
        self._turn = TextClassifier(_with_session(config.Cls))
        self._read = TextRecognizer(_with_session(config.Rec))

    def read(self, bgr: Pixels) -> list[Line]:
        """The lines in `bgr` ([height, width, 3] uint8), largest first, unfiltered."""
        from rapidocr.ch_ppocr_rec import TextRecInput
        from rapidocr.utils.process_img import get_rotate_crop_image

        quads = self.find(bgr)
        if not quads:
            return []
        upright = self._turn([get_rotate_crop_image(bgr, quad.copy()) for quad in quads]).img_list
        result = self._read(TextRecInput(img=upright, return_word_box=False))
        return [Line(t, float(s), q) for t, s, q in zip(result.txts, result.scores, quads, strict=True)]

    def find(self, bgr: Pixels) -> list[Quad]:
        """Where lines may be, largest first, as quads [4, 2] in pixels of `bgr`: no more than may be read."""
        found = self._find(bgr).boxes
        quads = [np.asarray(quad, np.float32) for quad in found] if found is not None else []
        return affordable([quad for quad in quads if line_height(quad) >= SMALLEST_HEIGHT])


def _config() -> Any:
    """RapidOCR's defaults, which name the models that its wheel carries. Silences its logger, which has a handler."""
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    from rapidocr.main import DEFAULT_CFG_PATH
    from rapidocr.utils.log import logger
    from rapidocr.utils.parse_parameters import ParseParams

    logger.setLevel(logging.CRITICAL)  # importing it has set it back
    return ParseParams.load(DEFAULT_CFG_PATH)


def _with_session(part: Any) -> Any:
    """The configuration of one part, with its session: then RapidOCR neither looks for nor fetches a file."""
    from omegaconf import OmegaConf

    settings = {**part, "session": onnx_session(_wheel_file(part)), "font_path": None}
    return OmegaConf.create(settings, flags={"allow_objects": True})


def _wheel_file(part: Any) -> Path:
    from rapidocr.inference_engine.base import FileInfo, InferSession
    from rapidocr.main import root_dir

    which = FileInfo(part.engine_type, part.ocr_version, part.task_type, part.lang_type, part.model_type)
    path = Path(root_dir) / "models" / Path(InferSession.get_model_url(which)["model_dir"]).name
    if not path.is_file():
        raise FileNotFoundError(f"the rapidocr package lacks {path.name}: install it again (make setup)")
    return path


class TextAnalyzer(Analyzer):
    """Text by PP-OCR through the models in the rapidocr wheel; sure readings only, since textures read as gibberish.

    Lone thin digits are sometimes not found ('1' and '7' standing alone), nor is text along a curve.
    """

    group = "scene"
    version = "1"

    def __init__(self, weights: Weights) -> None:
        self._reader = Reader()
        self.model = self._reader.model

    def analyze(self, photo: Photo) -> Text:
        """At most 12 lines, largest first; raises UnreadablePhoto."""
        image, factor = photo.fit(READING_SIDE)
        return Text(lines=keep(self._reader.read(image), factor))


def keep(lines: list[Line], factor: float = 1.0) -> tuple[TextLine, ...]:
    """The lines worth quoting, in their order; `factor` leads from the photo's pixels to those of the quads."""
    kept = []
    for line in lines:
        text = clean(line.text)
        if is_sure(text, line.score):
            kept.append(TextLine(text=text, score=min(1.0, line.score), quad=_corners(line.quad / factor)))
    return tuple(kept[:MOST_LINES])


def clean(text: str) -> str:
    """`text` on one line, without control, format and private signs (no hidden directions), at most 200 signs long."""
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    visible = "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
    return " ".join(visible.split())[:MOST_SIGNS].rstrip()


def is_sure(text: str, score: float) -> bool:
    """Whether a reading is to be believed: the shorter it is, the surer it must be."""
    signs = [sign for sign in text if not sign.isspace()]
    letters = sum(sign.isalnum() for sign in signs)
    if not letters or letters < LETTERS * len(signs):
        return False
    return score >= (SURE_WHEN_SHORT if letters <= SHORT else SURE)


def affordable(quads: list[Quad]) -> list[Quad]:
    """The largest of `quads`, largest first, that together stay within `MOST_READING`."""
    largest = sorted(quads, key=line_height, reverse=True)
    widths = [max(LEAST_WIDTH, _extents(quad)[1] / line_height(quad)) for quad in largest]
    return [quad for quad, spent in zip(largest, np.cumsum(widths), strict=True) if spent <= MOST_READING]


def line_height(quad: Quad) -> float:
    """Height of a line in pixels: the shorter of the quad's two extents, since tall quads are lines set upright."""
    return _extents(quad)[0]


def _extents(quad: Quad) -> tuple[float, float]:
    """The shorter and the longer extent in pixels."""
    across = np.linalg.norm(quad[0] - quad[1]) + np.linalg.norm(quad[3] - quad[2])
    down = np.linalg.norm(quad[0] - quad[3]) + np.linalg.norm(quad[1] - quad[2])
    shorter, longer = sorted((float(across) / 2, float(down) / 2))
    return shorter, longer


def _corners(quad: Quad) -> tuple[Point, Point, Point, Point]:
    a, b, c, d = ((float(x), float(y)) for x, y in quad)
    return a, b, c, d
