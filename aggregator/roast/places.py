"""Where a photo was taken, in words that jokes know: the look of the place, or else the things that stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aggregator.roast.findings_view import FindingsView

PLACES: Mapping[str, tuple[str, ...]] = {
    "bathroom": ("bathroom", "shower", "jacuzzi/indoor"),
    "gym": ("gymnasium/indoor", "martial_arts_gym", "boxing_ring", "basketball_court/indoor", "locker_room"),
    "car": ("car_interior",),
    "bedroom": ("bedroom", "bedchamber", "hotel_room", "dorm_room", "youth_hostel"),
    "office": (
        "office", "office_cubicles", "home_office", "computer_room", "conference_room", "conference_center",
    ),
    "kitchen": ("kitchen", "restaurant_kitchen", "galley", "pantry"),
    "street": (
        "street", "crosswalk", "downtown", "alley", "plaza", "residential_neighborhood", "building_facade", "promenade",
    ),
    "stage": ("stage/indoor", "stage/outdoor", "arena/performance", "auditorium", "orchestra_pit", "amphitheater"),
    "living room": ("living_room", "television_room", "home_theater", "recreation_room"),
    "dining room": ("dining_room", "dining_hall", "banquet_hall"),
    "restaurant": (
        "restaurant", "restaurant_patio", "diner/outdoor", "pizzeria", "sushi_bar", "cafeteria", "fastfood_restaurant",
        "food_court",
    ),
    "coffee shop": ("coffee_shop", "bakery/shop", "ice_cream_parlor"),
    "bar": ("bar", "pub/indoor", "beer_hall", "beer_garden", "wet_bar", "discotheque"),
    "ballroom": ("ballroom", "throne_room", "palace"),
    "television studio": ("television_studio",),
    "studio": ("art_studio", "artists_loft", "music_studio"),
    "shop": (
        "clothing_store", "department_store", "supermarket", "shoe_shop", "gift_shop", "general_store/indoor",
        "candy_store", "toyshop", "jewelry_shop", "fabric_store", "bookstore", "shopping_mall/indoor", "shopfront",
        "hardware_store", "market/indoor", "market/outdoor", "bazaar/indoor", "bazaar/outdoor",
    ),
    "wardrobe": ("closet", "dressing_room"),
    "salon": ("beauty_salon",),
    "library": ("library/indoor", "archive"),
    "museum": ("museum/indoor", "art_gallery", "science_museum", "natural_history_museum"),
    "classroom": ("classroom", "lecture_room", "kindergarden_classroom"),
    "lift": ("elevator/door", "elevator_lobby", "elevator_shaft"),
    "corridor": ("corridor", "entrance_hall", "lobby", "staircase"),
    "basement": ("basement", "storage_room", "utility_room", "attic", "garage/indoor", "parking_garage/indoor"),
    "laundry": ("laundromat",),
    "waiting room": ("waiting_room", "airport_terminal"),
    "train": ("train_interior", "subway_station/platform", "train_station/platform", "bus_interior"),
    "aeroplane": ("cockpit", "airplane_cabin"),
    "stadium": (
        "stadium/soccer", "stadium/football", "stadium/baseball", "soccer_field", "football_field", "baseball_field",
        "athletic_field/outdoor", "arena/hockey",
    ),
    "swimming pool": ("swimming_pool/indoor", "swimming_pool/outdoor", "water_park", "swimming_hole"),
    "beach": ("beach", "coast", "boardwalk", "islet", "lagoon"),
    "ocean": ("ocean", "wave", "pier", "harbor"),
    "lake": ("lake/natural", "pond", "river", "creek"),
    "waterfall": ("waterfall",),
    "forest": ("forest/broadleaf", "forest_path", "forest_road", "rainforest", "bamboo_forest", "tree_farm"),
    "mountainside": ("mountain", "mountain_path", "mountain_snowy", "valley", "canyon", "cliff", "glacier"),
    "snowfield": ("snowfield", "ski_slope", "ski_resort", "ice_skating_rink/indoor", "ice_skating_rink/outdoor"),
    "park": ("park", "lawn", "picnic_area", "playground", "campus"),
    "garden": ("botanical_garden", "formal_garden", "japanese_garden", "vegetable_garden", "yard", "greenhouse/indoor",
               "greenhouse/outdoor", "zen_garden", "topiary_garden", "patio"),
    "field": ("field/wild", "field/cultivated", "field_road", "pasture", "hayfield", "wheat_field", "corn_field"),
    "car park": ("parking_lot", "parking_garage/outdoor", "driveway", "gas_station"),
    "motorway": ("highway", "desert_road"),
    "fairground": ("amusement_park", "carrousel", "amusement_arcade"),
}  # fmt: skip
"""What each group of Places365's categories is called. Sickrooms, prisons, graves and places of worship have no name
here: nothing funny is to be said of them. A place that is not a word of this list does not exist for jokes."""

LIKELY = 0.3
"""Least probability, summed over a group's categories among the five best, for a cue to name the place."""

LABELS: Mapping[str, str] = {label: place for place, labels in PLACES.items() for label in labels}


class Where(NamedTuple):
    """A place by its name in `PLACES`, how sure one can be (0..1), what shows it, and whether only things do."""

    place: str
    certainty: float
    evidence: tuple[str, ...]
    by_things: bool = False


def where(view: FindingsView) -> Where | None:
    """The place of the photo: by its look if that is clear enough, else by what stands in it; else None."""
    return _by_look(view) or _by_things(view)


def _by_look(view: FindingsView) -> Where | None:
    found: dict[str, list[int]] = {}
    places = view.all_places
    for index, place in enumerate(places):
        if place.label in LABELS:
            found.setdefault(LABELS[place.label], []).append(index)
    if not found:
        return None
    sums = {name: sum(places[i].score for i in indices) for name, indices in found.items()}
    best = max(sums, key=lambda name: sums[name])
    if sums[best] < LIKELY:
        return None
    evidence = tuple(path for i in found[best] for path in (f"scene.places.{i}.label", f"scene.places.{i}.score"))
    return Where(best, min(1.0, sums[best]), evidence)


class _Furniture(NamedTuple):
    place: str
    labels: tuple[str, ...]
    least: int
    size: float


_FURNITURE = (
    _Furniture("bathroom", ("toilet",), 1, 0.002),
    _Furniture("kitchen", ("oven", "refrigerator", "microwave", "toaster"), 1, 0.01),
    _Furniture("bedroom", ("bed",), 1, 0.1),
    _Furniture("office", ("laptop", "keyboard", "mouse"), 3, 0.002),
    _Furniture("street", ("traffic light", "stop sign", "parking meter", "fire hydrant"), 1, 0.002),
    _Furniture("street", ("car", "bus", "truck"), 3, 0.002),
)
"""How many of which things, each with a least share of the photo, make a place."""

SURE = 0.5
"""Least score of a thing that is to tell a place all alone."""


def _by_things(view: FindingsView) -> Where | None:
    seen = view.all_objects
    for each in _FURNITURE:
        there = [i for i, o in enumerate(seen) if o.label in each.labels and o.size >= each.size and o.score >= SURE]
        if len(there) >= each.least:
            return Where(each.place, 0.3, tuple(f"objects.objects.{i}.label" for i in there), by_things=True)
    return None
