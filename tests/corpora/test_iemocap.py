"""IEMOCAP's reader on its layout, its quirks and damaged copies of it."""

import shutil
from itertools import cycle, islice
from pathlib import Path

import pandas as pd
import pytest
from conftest import write_iemocap

from lib.corpora import catalog, iemocap
from lib.corpora.catalog import CorpusError
from lib.corpora.provenance import Provenance

DIALOG = "IEMOCAP_full_release/Session1/dialog"
