"""What a client may ask for, and which analyzers the join then waits for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.analysis.product import ANALYSIS, NoOptions
from bus.client import ServiceInfo
from bus.events import PhotoRef, Submitted
from bus.findings import Facts
from bus.roast.product import ROAST
from bus.roast.style import Style
from gateway.http.problems import Problem
from gateway.products.roast import check_persona
from gateway.upload.options import Common, expected, for_variant, read_options


def refusal(fields: dict[str, str]) -> Problem:
    with pytest.raises(Problem) as caught:
        read_options(fields)
    return caught.value


def outcome(fields: dict[str, str]) -> int:
    try:
        read_options(fields)
    except Problem as problem:
        return problem.kind.status
    return 0


def alive(**needs: str) -> dict[str, ServiceInfo]:
    """Analyzers by name; `faces` needs faces, `!model` lacks weights."""
    return {
        name: ServiceInfo(
            name=name,
            group="face",
            needs=tuple(filter(None, text.replace("!model", "").split())),
            missing=("model",) if "!model" in text else (),
        )
        for name, text in needs.items()
    }


def test_without_fields_everything_has_its_default() -> None:
    asked = read_options({})
    assert (asked.options, asked.product.name, asked.analyzers) == (Style(), "roast", None)


def test_fields_of_a_form_are_texts_and_empty_ones_count_as_absent() -> None:
    asked = read_options({"seed": "42", "heat": "savage", "language": "", "analyzers": "faces, text,"})
    assert asked.options == Style(seed=42, heat="savage", language="en")
    assert asked.analyzers == ("faces", "text")


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("heat", "volcanic", "gentle, medium, savage"),
        ("length", "epic", "short, medium, long"),
        ("product", "money", "roast, analysis"),
        ("seed", "many", "integer"),
        ("seed", "-1", "greater"),
        ("language", "Klingon, please", "pattern"),
        ("persona", "../../etc", "pattern"),
    ],
)
def test_a_bad_option_is_named_with_what_is_allowed(field: str, value: str, word: str) -> None:
    problem = refusal({field: value})
    assert problem.code == "bad_option"
    assert f"`{field}`" in problem.detail
    assert word in problem.detail


def test_an_unknown_option_is_named_with_those_there_are() -> None:
    problem = refusal({"temperature": "2"})
    assert problem.code == "bad_option"
    assert "'temperature'" in problem.detail
    assert set(problem.members["allowed"]) == {*Common.model_fields, *Style.model_fields}


def test_an_unknown_persona_is_named_with_those_there_are() -> None:
    with pytest.raises(Problem) as caught:
        check_persona(read_options({"persona": "nobody"}), ("pirate", "critic"))
    assert caught.value.code == "unknown_persona"
    assert caught.value.members["allowed"] == ["critic", "pirate"]


def test_an_analysis_leaves_the_options_of_a_roast_aside() -> None:
    asked = read_options({"product": "analysis", "persona": "nobody", "analyzers": "faces"})
    assert asked.product is ANALYSIS
    assert asked.options == NoOptions()
    assert asked.analyzers == ("faces",)


def test_what_the_product_was_called_before_is_still_read() -> None:
    assert read_options({"wants": "analysis"}).product is ANALYSIS
    assert read_options({"wants": "analysis", "product": "roast"}).product is ROAST
    assert "`product` is 'money'" in refusal({"wants": "money"}).detail


def test_an_address_of_one_product_takes_no_other() -> None:
    assert read_options({}, "analysis").product is ANALYSIS
    with pytest.raises(Problem, match="allowed is analysis"):
        read_options({"product": "roast"}, "analysis")


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30), max_size=4))
def test_fields_of_any_kind_are_options_or_a_problem(fields: dict[str, str]) -> None:
    assert outcome(fields) in (0, 422)


PARENT = Submitted(
    product="roast",
    id="a" * 22,
    photo=PhotoRef(key="a" * 22, sha256="", width=1, height=1, bytes=1),
    facts=Facts(),
    options=Style(heat="gentle", persona="pirate", seed=7).model_dump(),
    expects=(),
    join_by=0,
    expire_by=0,
)


def test_an_encore_keeps_what_is_not_changed_but_throws_the_dice_anew() -> None:
    asked = read_options(for_variant({"heat": "savage"}, PARENT))
    assert asked.options == Style(heat="savage", persona="pirate")
    assert asked.product is ROAST


def test_another_request_about_a_photo_may_be_for_another_product() -> None:
    for name in ("product", "wants"):
        asked = read_options(for_variant({name: "analysis"}, PARENT))
        assert (asked.product, asked.options) == (ANALYSIS, NoOptions())


def test_all_analyzers_that_can_work_are_expected() -> None:
    assert expected(alive(faces="", emotions="faces", text=""), None) == ("emotions", "faces", "text")


def test_analyzers_whose_needs_will_not_be_met_are_not_expected() -> None:
    there = alive(faces="!model", emotions="faces", mood="emotions", text="")
    assert expected(there, None) == ("text",)


def test_an_analyzer_that_is_asked_for_brings_along_what_it_needs() -> None:
    there = alive(faces="", emotions="faces", mood="emotions", text="")
    assert expected(there, ["mood"]) == ("emotions", "faces", "mood")


@pytest.mark.parametrize(
    ("name", "why"), [("nose", "does not run"), ("faces", "lacks its weights (model)"), ("emotions", "needs another")]
)
def test_asking_for_an_analyzer_that_cannot_work_says_why(name: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        expected(alive(faces="!model", emotions="faces", text=""), [name])
    assert caught.value.code == "unknown_analyzer"
    assert why in caught.value.detail
    assert caught.value.members["allowed"] == ["text"]


def test_without_analyzers_no_photo_is_accepted() -> None:
    with pytest.raises(Problem) as caught:
        expected(alive(emotions="faces"), None)
    assert caught.value.code == "no_analyzers"


def test_a_group_that_no_product_asks_for_is_asked_by_name_only() -> None:
    there = alive(faces="", text="")
    there["identity"] = ServiceInfo(name="identity", group="people", needs=("faces",))
    assert expected(there, None) == ("faces", "text")
    assert expected(there, None, ("people",)) == ("faces", "identity")
    assert expected(there, ["identity"]) == ("faces", "identity")
    with pytest.raises(Problem, match="None of the groups"):
        expected(there, None, ("wardrobe",))


NAMES = ("a", "b", "c", "d")
GRAPHS = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from([*NAMES, "!model"]), max_size=2).map(" ".join) for name in NAMES}
)


@given(GRAPHS)
def test_everyone_expected_has_all_that_it_needs(graph: dict[str, str]) -> None:
    there = alive(**graph)
    try:
        names = expected(there, None)
    except Problem:
        return
    assert all(set(there[name].needs) <= set(names) and not there[name].missing for name in names)
