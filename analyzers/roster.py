"""The analyzers that look at a photo. A new one is one line here, and its import."""

from analyzers.body.body_type import BodyTypeAnalyzer
from analyzers.body.explicit import ExplicitAnalyzer
from analyzers.body.fashion import FashionAnalyzer
from analyzers.body.gestures import GesturesAnalyzer
from analyzers.body.pose import PoseAnalyzer
from analyzers.demographics.ethnicity import EthnicityAnalyzer
from analyzers.demographics.skin_tone import SkinToneAnalyzer
from analyzers.face.age import AgeAnalyzer
from analyzers.face.attractiveness import AttractivenessAnalyzer
from analyzers.face.emotions import EmotionsAnalyzer
from analyzers.face.faces import FacesAnalyzer
from analyzers.face.gender import GenderAnalyzer
from analyzers.face.mesh import MeshAnalyzer
from analyzers.quality.aesthetics import AestheticsAnalyzer
from analyzers.quality.colors import ColorsAnalyzer
from analyzers.quality.composition import CompositionAnalyzer
from analyzers.quality.lighting import LightingAnalyzer
from analyzers.quality.quality import QualityAnalyzer
from analyzers.scene.background import BackgroundAnalyzer
from analyzers.scene.facts import FactsAnalyzer
from analyzers.scene.objects import ObjectsAnalyzer
from analyzers.scene.place import SceneAnalyzer
from analyzers.scene.text import TextAnalyzer

ROSTER = (
    FactsAnalyzer,
    FacesAnalyzer,
    ExplicitAnalyzer,
    TextAnalyzer,
    QualityAnalyzer,
    LightingAnalyzer,
    ColorsAnalyzer,
    CompositionAnalyzer,
    AestheticsAnalyzer,
    ObjectsAnalyzer,
    SceneAnalyzer,
    BackgroundAnalyzer,
    MeshAnalyzer,
    EmotionsAnalyzer,
    AgeAnalyzer,
    GenderAnalyzer,
    EthnicityAnalyzer,
    SkinToneAnalyzer,
    AttractivenessAnalyzer,
    PoseAnalyzer,
    GesturesAnalyzer,
    BodyTypeAnalyzer,
    FashionAnalyzer,
)
