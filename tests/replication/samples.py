"""Effects files that ship with the generator of the sample corpora."""

from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "scripts" / "sample_corpora"
EFFECTS = {
    "iemocap": "effects.yaml",
    "rml": "audiovisual.yaml",
    "enterface": "audiovisual.yaml",
    "emotic": "emotic.yaml",
    "recola": "valence.yaml",
    "sewa": "valence.yaml",
}
