"""Things and places that a detector would have found, had they been there: COCO's classes and Places365's categories.

A free writer that names one of them which no cue knows has invented it. People are left out: jokes may mention them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


_THINGS = """
bicycle, bike | car, automobile, sedan | motorcycle, motorbike | airplane, aeroplane, plane, aircraft | bus | train
| truck, lorry | boat, sailboat, yacht, canoe | traffic light, stoplight | fire hydrant, hydrant | stop sign |
parking meter | bench | bird, pigeon, seagull, parrot, sparrow | cat, kitten | dog, puppy | horse, pony | sheep,
lamb | cow, cattle | elephant | bear | zebra | giraffe | backpack, rucksack | umbrella, parasol | handbag, purse |
tie, necktie | suitcase, luggage | frisbee | skis | snowboard | sports ball, football, basketball, ball | kite |
baseball bat, bat | baseball glove | skateboard | surfboard | tennis racket, racquet, racket | bottle | wine glass,
wineglass, goblet | cup, mug, teacup | fork | knife | spoon | bowl | banana | apple | sandwich | orange | broccoli |
carrot | hot dog, hotdog | pizza | donut, doughnut | cake, cupcake | chair, armchair, stool | couch, sofa, settee |
potted plant, houseplant, plant | bed | dining table, table | toilet, loo | television, tv, telly | laptop | mouse |
remote control, remote | keyboard | cell phone, mobile phone, cellphone, smartphone, phone, mobile | microwave |
oven | toaster | sink | refrigerator, fridge | book | clock | vase | scissors | teddy bear, teddy | hair drier, hair
dryer, hairdryer | toothbrush
"""

_PLACES = """
airfield, runway | airplane cabin | airport, airport terminal | alley | amphitheater, amphitheatre | amusement park,
fairground, carousel, carrousel | apartment building | aquarium | aqueduct, viaduct | arcade, amusement arcade |
archive | arena | art gallery, gallery | art school | studio, art studio, music studio, artists loft | athletic
field | atrium | attic | auditorium | auto factory, factory, assembly line | showroom | badlands | bakery | balcony
| ball pit | ballroom | bank vault | banquet hall | bar, pub, beer hall, wet bar, sushi bar | barn, barndoor |
baseball field | basement | bathroom | bazaar | beach | beach house | beauty salon, salon | bedroom, bedchamber |
beer garden | laboratory, lab, chemistry lab | boardwalk | boat deck | boathouse | bookstore, bookshop | booth |
bowling alley | boxing ring | bridge, rope bridge | bullring | bus station | cabin | cafeteria, canteen | campsite |
campus | canal | candy store | canyon | car park, parking lot, parking garage | castle | catacomb | cemetery,
graveyard | chalet | church | classroom | cliff | closet, wardrobe | clothing store | coast | cockpit | coffee shop,
cafe | computer room | conference room | conference center | construction site | corn field, cornfield | corridor,
hallway | cottage | courthouse | courtyard | creek | crosswalk | dam | delicatessen | department store | desert |
diner | dining hall | dining room | discotheque | doorway | dorm room | downtown | driveway | drugstore, pharmacy |
elevator, lift, elevator shaft | embassy | escalator | farm | fast food restaurant | field, hayfield | fire escape |
fire station | flea market | florist | food court | football field | forest, woods, rainforest, woodland, tree farm
| fountain | garage | garden, vegetable garden, botanical garden, formal garden, japanese garden, roof garden,
topiary garden, zen garden | gas station | gazebo | gift shop | glacier | golf course | greenhouse | grotto |
gymnasium, gym | hangar | harbor, harbour | heliport | highway, motorway | home office | home theater | hospital |
hospital room | hotel | hotel room | house | iceberg | ice cream parlor | ice rink, skating rink | igloo | inn |
jacuzzi | jail, jail cell, prison | jewelry shop | junkyard | kennel | kitchen | lagoon | lake | landfill |
laundromat, laundry | lawn | lecture room | library | lighthouse | living room | lobby, entrance hall, reception |
locker room | mansion | supermarket, market | marsh, swamp | mausoleum | moat | mosque | motel | mountain,
mountainside | movie theater, cinema | museum | nursery | nursing home | ocean, sea | office, office building,
veterinarians office | operating room | orchard | orchestra pit | pagoda | palace | pantry | park | pasture | patio
| pavilion | pet shop | phone booth | picnic area | pier | pizzeria | playground | playroom | plaza | pond, fishpond
| porch | promenade | racecourse | railroad, railroad track | restaurant | rice paddy | river | ruin | sandbox |
sauna | school, schoolhouse | server room | shed | shop, store, shoe shop, shopfront, hardware store, general store,
toyshop, butchers shop, fabric store, repair shop | shopping mall, mall | shower | ski slope, ski resort | sky |
skyscraper | slum | snowfield | soccer field | stable | stadium | stage | staircase, stairwell | storage room |
street | subway, subway station | swimming pool, pool, swimming hole | synagogue | temple | throne room | ticket
booth | tower | train station | treehouse, tree house | trench | tundra | utility room | valley | village | vineyard
| volcano | waiting room | waterfall | water park | water tower | wave | wheat field | windmill | wind farm | yard |
youth hostel | alcove | arch, rock arch | archaeological excavation, archaelogical excavation, excavation | army
base | berth | bow window | building facade | burial chamber | butte | childs room, nursery room | clean room |
corral | crevasse | dressing room | engine room | galley | hot spring | hunting lodge | ice floe, ice shelf |
industrial area | islet | kasbah | landing deck | legislative chamber | loading dock | lock chamber | manufactured
home | medina | mezzanine | oast house | oilrig, oil rig | raceway | raft | recreation room | residential
neighborhood | underwater | volleyball court | watering hole
"""

_WEAK = words(
    "plane train bear tie ball bat racket orange bed plant mouse remote sink book mobile fork bowl cup table clock bar "
    "field park stage wave ruin booth house shop store tower stable shed yard school office pool lab arcade archive "
    "lift mall woods sea inn dam porch boat bus bench knife spoon cake apple kite sky bridge gallery garage hotel "
    "garden market village church palace studio street farm nursery coast pub prison lobby arch "
    "reception galley berth medina raft"
)
"""Words that have other uses: they count only right after an article, a possessive or a number."""

_BEFORE = re.compile(
    r"(?:\b(?:an?|the|this|that|these|those|your|my|our|their|its|some|every|each|another|two|three)\s)\Z"
)

IMPLIED: Mapping[str, tuple[str, ...]] = {
    "selfie": ("cell phone",),
    "mirror_selfie": ("cell phone",),
    "arm_reach": ("cell phone",),
    "selfie_cut": ("cell phone",),
    "front_camera": ("cell phone",),
    "car_cabin": ("car",),
    "writing": ("book",),
    "wordy": ("book",),
}
"""What a cue of some kind lets a writer speak of, though its words do not name it."""


def named(text: str) -> frozenset[str]:
    """The things and places that `text` speaks of, each by the first of its names."""
    pattern, owners = _vocabulary()
    plain = " ".join(text.lower().split())
    return frozenset(owners[m[0]] for m in pattern.finditer(plain) if _is_thing(m[0], plain[: m.start()]))


def _is_thing(word: str, before: str) -> bool:
    return word not in _WEAK or _BEFORE.search(before) is not None


def known(texts: Iterable[str]) -> frozenset[str]:
    """The things and places that occur in `texts`, in whatever use of the word."""
    pattern, owners = _vocabulary()
    plain = " ".join(" ".join(texts).lower().replace("_", " ").split())
    return frozenset(owners[m[0]] for m in pattern.finditer(plain))


@cache
def _vocabulary() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A pattern of every name, longest first ('hot dog' before 'dog'), and the thing that each name belongs to."""
    owners: dict[str, str] = {}
    for group in f"{_THINGS}|{_PLACES}".split("|"):
        names = [" ".join(name.split()) for name in group.split(",")]
        for name in names:
            for form in (name, *_plurals(name)):
                owners.setdefault(form, names[0])
    longest = sorted(owners, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b"), owners


def _plurals(name: str) -> tuple[str, ...]:
    irregular = {"mouse": "mice", "knife": "knives", "sheep": "sheep", "scissors": "scissors"}
    if name in irregular:
        return (irregular[name],)
    if name.endswith("y") and name[-2] not in "aeiou":
        return (f"{name[:-1]}ies",)
    return (f"{name}es",) if name.endswith(("s", "x", "ch", "sh", "o")) else (f"{name}s",)
