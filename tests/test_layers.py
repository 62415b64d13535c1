"""Order of the rooms of `lib`: who may import whom, and how large the rooms may become."""

from graphlib import CycleError, TopologicalSorter
from math import nan
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
LAYERS = (
    ("files", "processor", "project", "settings", "trees", "params", "instances", "content"),
    ("models",),
    ("splits",),
    ("training",),
    ("runs",),
    ("evaluation",),
    ("published",),
    ("features",),
    ("corpora",),
    ("figures",),
    ("comparability", "stage", "jupyter"),
    ("papers",),
    ("replication",),
)
"""Rooms from low to high; a room may import its own layer and lower ones."""
LEVELS = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
FILE_LINES, ALL_LINES = 250, 18_000
FIRST = ("skeletal", "audiovisual", "context", "valence")
"""Papers that `ALL_LINES` counts; each further one may have `PAPER_LINES` of its own."""
PAPER_LINES = 1_000


def imports(graph, external=False):
    """Pairs of importer and imported, imports inside functions included, in order of names."""
    return sorted(
        (importer, imported)
        for importer in graph.modules
        if importer.startswith("lib.")
        for imported in graph.find_modules_directly_imported_by(importer)
        if imported.startswith("lib.") != external
    )


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("lib", include_external_packages=True, cache_dir=None)


@pytest.fixture(scope="module")
def arrows(graph):
    return imports(graph)


def room(module):
    """``lib.models.skeletal`` is in the room ``models``, ``lib.papers.context.runs`` in a paper."""
    parts = module.split(".")
    return ".".join(parts[1:3]) if parts[1] == "papers" else parts[1]


def level(module):
    """Height of a module; NaN, which is neither lower nor higher, where its room has no layer."""
    return LEVELS.get(module.split(".")[1], nan)


def listed(found):
    return "\n".join(f"{importer} imports {imported}" for importer, imported in found)


def circle(arrows):
    """Names along a circle of imports; empty if there is none."""
    sorter = TopologicalSorter()
    for importer, imported in arrows:
        sorter.add(importer, imported)
    try:
        sorter.prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return ""


def test_every_room_has_its_layer(graph):
    rooms = {module.split(".")[1] for module in graph.modules if module.startswith("lib.")}
    assert rooms - set(LEVELS) == set(), "rooms without a layer"
    assert set(LEVELS) - rooms == set(), "layers without a room"


def test_every_file_is_in_the_graph(graph, arrows):
    """Files without a package escape; imports inside functions count."""
    paths = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "lib").rglob("*.py"))
    modules = {".".join(path.parts).removesuffix(".__init__") for path in paths}
    assert modules <= graph.modules
    assert ("lib.papers.context.extraction", "lib.models.image_backbones") in arrows


def test_no_circle_of_files(arrows):
    found = circle(arrows)
    assert not found, found


def test_no_circle_of_rooms(arrows):
    between = {(room(one), room(other)) for one, other in arrows if room(one) != room(other)}
    found = circle(sorted(between))
    assert not found, found


def test_nothing_imports_upward(arrows):
    upward = [pair for pair in arrows if level(pair[0]) < level(pair[1])]
    assert not upward, listed(upward)


def test_papers_do_not_import_one_another(arrows):
    papers = {path.name for path in (ROOT / "lib" / "papers").iterdir() if path.is_dir()}
    own = {f"papers.{name}" for name in papers}
    across = [
        (one, other) for one, other in arrows if {room(one), room(other)} <= own and room(one) != room(other)
    ]
    assert not across, listed(across)


def test_lib_imports_neither_scripts_nor_tests(graph):
    outside = [
        pair for pair in imports(graph, external=True) if pair[1].split(".")[0] in ("scripts", "tests")
    ]
    assert not outside, listed(outside)


def test_files_are_short_and_lib_is_thin():
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted((ROOT / "lib").rglob("*.py"))
    }
    long = {name: number for name, number in lines.items() if number > FILE_LINES}
    assert not long, f"over {FILE_LINES} lines: {long}"
    further = own_lines(lines)
    assert {name: number for name, number in further.items() if number > PAPER_LINES} == {}
    assert sum(lines.values()) - sum(further.values()) <= ALL_LINES


def own_lines(lines):
    """Lines of each paper that is none of the `FIRST`: its folder, and its module of models."""
    rooms = {name.split("/")[2] for name in lines if name.startswith("lib/papers/") and name.count("/") > 2}
    return {
        paper: sum(
            number
            for name, number in lines.items()
            if name.startswith(f"lib/papers/{paper}/") or name == f"lib/models/{paper}.py"
        )
        for paper in sorted(rooms - set(FIRST))
    }


def test_lines_of_a_further_paper_are_its_own():
    lines = {"lib/papers/gaze/runs.py": 40, "lib/models/gaze.py": 20, "lib/papers/context/runs.py": 42}
    assert own_lines(lines | {"lib/papers/kept.py": 30, "lib/models/context.py": 99}) == {"gaze": 60}


def test_package_inits_are_empty():
    inits = sorted((ROOT / "lib").rglob("__init__.py"))
    assert [str(path.relative_to(ROOT)) for path in inits if path.read_text().strip()] == []


@pytest.mark.parametrize(
    "arrows, found",
    [
        ([("a", "b"), ("b", "c")], False),
        ([("a", "b"), ("b", "c"), ("c", "a")], True),
    ],
)
def test_circles_are_found(arrows, found):
    assert bool(circle(arrows)) is found
