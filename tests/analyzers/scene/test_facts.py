"""Facts: what EXIF says is found as it was submitted."""

from analyzers.base import Photo, wiring
from analyzers.scene.facts import FactsAnalyzer
from bus.findings import Facts


def test_the_facts_read_at_intake_are_the_finding() -> None:
    facts = Facts(taken_hour=3, time_of_day="night", camera="phone", lens_side="front", format="heic")
    assert FactsAnalyzer({}).analyze(Photo(b"", facts)) == facts


def test_a_photo_without_metadata_has_facts_that_know_nothing() -> None:
    assert FactsAnalyzer({}).analyze(Photo(b"")) == Facts()


def test_the_bytes_are_not_looked_at() -> None:
    FactsAnalyzer({}).analyze(Photo(b"no picture at all", Facts(flash=True)))


def test_it_waits_for_nothing_and_needs_no_weights() -> None:
    assert wiring(FactsAnalyzer).name == "facts"
    assert wiring(FactsAnalyzer).needs == ()
    assert (FactsAnalyzer.weights, FactsAnalyzer.optional_weights) == ((), ())
