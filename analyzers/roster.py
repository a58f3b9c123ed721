"""Who is in the front row. A new analyzer is one line here."""

from analyzers.aesthetics import AestheticsAnalyzer
from analyzers.age import AgeAnalyzer
from analyzers.attractiveness import AttractivenessAnalyzer
from analyzers.background import BackgroundAnalyzer
from analyzers.body_type import BodyTypeAnalyzer
from analyzers.colors import ColorsAnalyzer
from analyzers.composition import CompositionAnalyzer
from analyzers.emotions import EmotionsAnalyzer
from analyzers.ethnicity import EthnicityAnalyzer
from analyzers.explicit import ExplicitAnalyzer
from analyzers.faces import FacesAnalyzer
from analyzers.facts import FactsAnalyzer
from analyzers.fashion import FashionAnalyzer
from analyzers.gender import GenderAnalyzer
from analyzers.gestures import GesturesAnalyzer
from analyzers.lighting import LightingAnalyzer
from analyzers.mesh import MeshAnalyzer
from analyzers.objects import ObjectsAnalyzer
from analyzers.pose import PoseAnalyzer
from analyzers.quality import QualityAnalyzer
from analyzers.scene import SceneAnalyzer
from analyzers.skin_tone import SkinToneAnalyzer
from analyzers.text import TextAnalyzer

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
