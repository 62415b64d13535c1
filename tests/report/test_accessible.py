"""The built report in a browser: what axe-core finds on a page of each type, on a screen and on a phone."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "reports" / "site"
SCRIPT = Path(__file__).with_name("axe.js")
WIDTHS = "1280,400"
TYPES = (
    "papers/*.html",
    "notebooks/replication-02*.html",
    "notebooks/*-02_training-*.html",
    "notebooks/published*.html",
)
"""Pages of which the first stands for all of its type; every other page is one of a kind."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pages(site):
    own = [path for path in sorted(site.glob("*.html")) if path.name != "genindex.html"]
    return own + [path for pattern in TYPES for path in sorted(site.glob(pattern))[:1]]


def lacking():
    """What the machine lacks to run axe-core, in words; empty if it lacks nothing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not any(map(shutil.which, BROWSERS)):
        return "chromium is not installed"
    wanted = "require.resolve('axe-core'); require.resolve('puppeteer-core')"
    if subprocess.run(["node", "-e", wanted], capture_output=True, cwd=SCRIPT.parent).returncode:
        return "node does not find axe-core and puppeteer-core (npm install them, and set NODE_PATH)"
    return "" if (SITE / "index.html").is_file() else "the report is not built (make report)"


@pytest.mark.slow
def test_axe_finds_nothing_on_any_type_of_page():
    if reason := lacking():
        pytest.skip(reason)
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    command = ["node", str(SCRIPT), browser, WIDTHS, *map(str, pages(SITE))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, env=os.environ)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [each | {"file": Path(each["file"]).name} for each in json.loads(done.stdout)]
    assert not found, "\n".join(map(str, found))
