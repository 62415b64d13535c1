import json
import shlex
import subprocess
from pathlib import Path

import nbformat
import pytest

from lib import jupyter, processor
from scripts import jupyter as set_up

ROOT = Path(__file__).parents[1]
UNFILTERED = ("-c", "filter.nbstripout.clean=cat")
"""Options of git with which a file counts as it lies on the disk."""


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """A repository with one notebook and without a commit, in which `set_up` has run."""
    project = tmp_path / "project"
    (project / "notebooks" / "a").mkdir(parents=True)
    (project / "params.yaml").write_text("profile: sample\n")
    for name in (".gitattributes", ".gitignore"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.chdir(project)
    git("init", "-q")
    cells = [nbformat.v4.new_markdown_cell("Text", id="0"), nbformat.v4.new_code_cell("1", id="1")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook["metadata"] = {"kernelspec": jupyter.KERNEL, "language_info": {"name": "python"}}
    nbformat.write(notebook, project / "notebooks" / "a" / "01_b.ipynb")
    monkeypatch.setattr(set_up, "PREFIX", tmp_path / "environment")
    set_up.set_up()
    return project


@pytest.fixture
def project(plain):
    """The repository with a commit, made without the filter: a stripped notebook stays as it is."""
    git(*UNFILTERED, "add", "-A")
    git("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "first")
    return plain


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def executed(path):
    """What JupyterLab holds after running the notebook."""
    notebook = nbformat.read(path, 4)
    notebook["metadata"]["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.2",
    }
    cell = notebook.cells[1]
    cell["execution_count"] = 3
    cell["metadata"] = {"scrolled": True, "execution": {"iopub.execute_input": "now"}}
    cell["outputs"] = [nbformat.v4.new_output("stream", text="1")]
    return notebook


def manager(project):
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    from traitlets.config import Config

    config = json.loads((set_up.PREFIX / set_up.SERVER_CONFIG).read_text())
    return AsyncLargeFileManager(root_dir=str(project), config=Config(config))


async def save(contents, path, notebook):
    await contents.save({"type": "notebook", "format": "json", "content": notebook}, path)


def test_saving_an_executed_notebook_in_jupyterlab_leaves_its_bytes(project):
    import asyncio

    path = project / "notebooks" / "a" / "01_b.ipynb"
    before = path.read_bytes()
    notebook = executed(path)
    asyncio.run(save(manager(project), "/notebooks/a/01_b.ipynb", notebook))
    assert path.read_bytes() == before
    assert git(*UNFILTERED, "status", "--porcelain", "--", "notebooks") == ""
    copy = nbformat.read(project / "outputs" / "scratch" / "a" / "01_b.ipynb", 4)
    assert copy.cells[1]["outputs"][0]["text"] == "1"


def test_edited_source_is_saved_and_notebooks_elsewhere_keep_their_outputs(project):
    import asyncio

    contents = manager(project)
    path = project / "notebooks" / "a" / "01_b.ipynb"
    notebook = executed(path)
    notebook.cells[1]["source"] = "2"
    asyncio.run(save(contents, "notebooks/a/01_b.ipynb", notebook))
    assert nbformat.read(path, 4).cells[1]["source"] == "2"
    assert git(*UNFILTERED, "status", "--porcelain", "--", "notebooks") == " M notebooks/a/01_b.ipynb\n"
    asyncio.run(save(contents, "mine.ipynb", notebook))
    assert nbformat.read(project / "mine.ipynb", 4).cells[1]["outputs"]


def test_the_filter_keeps_outputs_of_other_editors_out_of_git(project):
    path = project / "notebooks" / "a" / "01_b.ipynb"
    nbformat.write(executed(path), path)
    git("add", "notebooks")
    assert git("diff", "--cached", "--name-only") == ""
    notebook = executed(path)
    notebook.cells.append(nbformat.v4.new_code_cell("3", id="own-id"))
    nbformat.write(notebook, path)
    git("add", "notebooks")
    assert '"id": "own-id"' in git("show", ":notebooks/a/01_b.ipynb")


def test_set_up_twice_keeps_other_settings_of_the_environment(plain):
    config = set_up.PREFIX / set_up.SERVER_CONFIG
    config.write_text(json.dumps({"ServerApp": {"port": 1}}))
    set_up.set_up()
    assert json.loads(config.read_text())["ServerApp"] == {"port": 1}
    assert shlex.split(git("config", "filter.nbstripout.clean"))[1:] == [
        "-m",
        "nbstripout",
        "--keep-id",
    ]


def test_the_kernel_is_held_to_the_pipelines_instructions(plain):
    """The file is often a link to the installer's cache, which stays as it is."""
    spec = set_up.PREFIX / set_up.KERNEL_SPEC
    spec.parent.mkdir(parents=True)
    cached = plain / "kernel.json"
    cached.write_text(json.dumps({"argv": ["python"], "env": {"MINE": "1", "MKL_CBWR": "AUTO"}}))
    spec.hardlink_to(cached)
    before = cached.read_bytes()
    set_up.set_up()
    kernel = json.loads(spec.read_text())
    assert kernel == {"argv": ["python"], "env": {"MINE": "1"} | processor.ENVIRONMENT}
    assert cached.read_bytes() == before
