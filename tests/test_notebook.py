import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from papermill import PapermillExecutionError

from scripts import notebook

ROOT = Path(__file__).parents[1]


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0]["metadata"]["tags"] = ["parameters"]
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_execution_gives_the_same_bytes_twice(project):
    source = write(project / "a.ipynb", "number = 1", "number + 1")
    targets = [project / f"{name}.ipynb" for name in "xy"]
    for target in targets:
        notebook.execute(source, target, {"number": 41})
    assert targets[0].read_bytes() == targets[1].read_bytes()
    executed = nbformat.read(targets[0], 4)
    assert executed.cells[-1]["outputs"][0]["data"]["text/plain"] == "42"
    assert "version" not in executed.metadata["language_info"]


def test_text_that_arrives_in_pieces_is_stored_in_one(project):
    pause = "import sys, time, pathlib; print('a'); time.sleep(0.5)"
    code = f"{pause}; print('b', file=sys.stderr); print(pathlib.Path('c').absolute()); 4"
    source = write(project / "a.ipynb", "number = 1", code)
    notebook.execute(source, project / "b.ipynb", {})
    *printed, last = nbformat.read(project / "b.ipynb", 4).cells[-1]["outputs"]
    texts = {each["name"]: each["text"] for each in printed}
    assert list(texts.items()) == [("stdout", "a\nc\n"), ("stderr", "b\n")]
    assert last["data"]["text/plain"] == "4"


def test_a_clusters_kernel_of_the_same_name_does_not_run(project, monkeypatch):
    spec = project / "cluster" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false"], "display_name": "old", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(project / "cluster"))
    source = write(project / "a.ipynb", "number = 1", "import sys; sys.executable")
    for _ in range(2):
        notebook.execute(source, project / "b.ipynb", {})
    own = nbformat.read(project / "b.ipynb", 4).cells[-1]["outputs"][0]["data"]["text/plain"]
    assert own == repr(sys.executable)


def test_a_kernel_listens_on_sockets_of_files_and_says_nothing_of_encryption(project):
    code = (
        "import json, pathlib; from ipykernel.kernelapp import IPKernelApp\n"
        "facts = json.loads(pathlib.Path(IPKernelApp.instance().abs_connection_file).read_text())\n"
        "print(facts['transport'], len(facts['key']) > 30)"
    )
    source = write(project / "a.ipynb", "number = 1", code)
    told = subprocess.run(
        [sys.executable, "-c", "import sys; from pathlib import Path; from scripts import notebook\n"
         "notebook.execute(Path(sys.argv[1]), Path(sys.argv[2]), {})", source, project / "b.ipynb"],
        cwd=project, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    (printed,) = nbformat.read(project / "b.ipynb", 4).cells[-1]["outputs"]
    assert printed["text"] == "ipc True\n"
    assert "encrypt" not in told.stderr + told.stdout


def test_unknown_parameters_are_refused(project):
    source = write(project / "a.ipynb", "number = 1")
    with pytest.raises(notebook.NotebookError, match="numbr"):
        notebook.execute(source, project / "b.ipynb", {"numbr": 2})


def test_a_failing_cell_fails_and_its_traceback_stays(project):
    source = write(project / "a.ipynb", "number = 1", "1 / 0")
    with pytest.raises(PapermillExecutionError):
        notebook.execute(source, project / "b.ipynb", {})
    assert "ZeroDivisionError" in (project / "b.ipynb").read_text()


def test_running_a_notebook_by_hand_does_not_change_its_clean_form(project):
    source = write(project / "notebooks" / "p" / "01_a.ipynb", "number = 1", "number")
    clean = project / "clean" / "p" / "01_a.ipynb"
    notebook.strip(project / "notebooks", project / "clean")
    before = clean.read_bytes()
    document = json.loads(source.read_text())
    document["cells"][1] |= {"execution_count": 3, "id": "other"}
    document["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    document["metadata"]["kernelspec"] = {"name": "mine", "display_name": "Mine"}
    source.write_text(json.dumps(document))
    notebook.strip(project / "notebooks", project / "clean")
    assert clean.read_bytes() == before
    document["cells"][1]["source"] = "number + 1"
    source.write_text(json.dumps(document))
    notebook.strip(project / "notebooks", project / "clean")
    assert clean.read_bytes() != before


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/[0-9]*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_notebooks_keep_the_rules_of_the_house(path):
    document = json.loads(path.read_text())
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert len(code) <= 15
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    assert document["cells"][0]["cell_type"] == "markdown"
    kinds = [cell["cell_type"] for cell in document["cells"]]
    for number, kind in enumerate(kinds):
        if kind == "code":
            assert kinds[number - 1] == "markdown", "a sentence before each code cell"
    head = "".join(document["cells"][0]["source"])
    for word in ("Question", "Inputs", "Outputs", "Exhibits"):
        assert word in head
    end = "".join(code[-1]["source"])
    assert "stage.finish(" in end or "assert_written" in end
    assert notebook.parameter_names(path)
