.DELETE_ON_ERROR:
.PHONY: help repro controls test test-slow bench profile lint lab report corpus paper sweep keep audit folds share receive verify setup doctor predict card fuzz faults
VENV := .venv
BIN := $(VENV)/bin
# values from the command line reach programs unchanged: make does not expand a `$` in them
GIVEN := STAGE NAME TITLE FROM TABLE SOURCE LEAVE_OUT ARGS PREDICTIONS PRINTED OTHER FOLDS NAMES PATTERN CLASSES CLUSTER OUT \
  FILE MODEL TEXT POSE BOX FPS LABORATORY CHECK KEEP PARTIAL REPAIR INPUTS PYTHON
$(foreach name,$(GIVEN),$(if $(value $(name)),$(eval override export $(name) := $$(value $(name)))))
PYTHON ?= $(shell command -v python3.11 || command -v python3)
export PYTHON
# the environment's Python where there is one
python = "$$(test -x $(BIN)/python && echo $(BIN)/python || echo "$${PYTHON:-python3.11}")"
# run a program with the words of ARGS, split and unquoted as in a shell; nothing in them is executed
with_args = python -c 'import os, shlex, sys; given = sys.argv[1:] + shlex.split(os.environ.get("ARGS", "")); \
  os.execvp(given[0], given)'
export PYTHONHASHSEED := 0
unexport PYTHONDONTWRITEBYTECODE # otherwise every kernel compiles all modules that it imports
export PATH := $(CURDIR)/$(BIN):$(value PATH)
# JUPYTER_PATH may list kernels of a cluster: this environment's kernel comes first
export JUPYTER_PATH := $(CURDIR)/$(VENV)/share/jupyter$(if $(value JUPYTER_PATH),:$(value JUPYTER_PATH))

help: ## print all make targets (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

# prints the number of the running stage, the number of stages and the time left
PROGRESS := python -m scripts.progress
# two chains of stages run in parallel: while a notebook of one starts or draws, runs of the other train
chain = $(PROGRESS) dvc --wait-for-lock repro --single-item \
  $(foreach paper,$(1),$(shell sed -n 's/^  \($(paper)_[0-9a-z_]*\):$$/\1/p' dvc.yaml))
# Results are regenerated only if a file or folder changed since the last time: for those that are read, since
# its start; for those that are written, since its end. The time of change (ctime) counts, because copying or
# moving a file cannot preserve it.
READ := lib notebooks scripts profiles params.yaml dvc.yaml data data.dvc requirements.lock Makefile $(VENV)/.ready
WRITTEN := dvc.lock folds outputs runs reports
younger = find -L $(2) \( -name __pycache__ -o -path outputs/scratch -o -path outputs/sweeps \) -prune \
  -o -newercm .dvc/tmp/$(1) -print -quit 2>&1
repro: $(VENV)/.ready .dvc/tmp/pulled ## regenerate every result and the report
	@if test -z "$$($(call younger,started,$(READ)))$$($(call younger,ended,$(WRITTEN)))"; \
	then echo "no file has changed since the last make repro: nothing is regenerated"; \
	else $(MAKE) --no-print-directory .regenerated; fi
	python -m scripts.committed

.PHONY: .regenerated
.regenerated:
	rm -f .dvc/tmp/ended .dvc/tmp/progress
	python -m compileall -q lib scripts # otherwise the first import changes folders
	touch .dvc/tmp/started
	dvc repro data.dvc notebooks
	python -m scripts.cluster sh -c '$(call chain,published skeletal context) folds & \
	  $(call chain,audiovisual valence); second=$$?; wait $$! && test $$second = 0 && $(PROGRESS) dvc repro'
	$(MAKE) --no-print-directory report
	touch .dvc/tmp/ended

# DVC never runs frozen stages; dvc.lock records the inputs from which they were made
CONTROLS := 03_negative_controls 04_power
controls: $(VENV)/.ready .dvc/tmp/pulled ## run the two frozen stages (an hour or more): permuted labels, power
	dvc repro $(foreach paper,skeletal audiovisual context valence,$(paper)_03_ablations)
	python -m scripts.cluster sh -ec 'for name in $(CONTROLS); do \
	  python -m scripts.notebook run replication/$$name; done'
	dvc commit --force $(CONTROLS:%=replication_%)
	$(MAKE) --no-print-directory report

report: $(VENV)/.ready ## build the report site from the results that exist
	python -m scripts.report.site

test: $(VENV)/.ready ## run the quick tests
	python -m pytest -n auto

test-slow: $(VENV)/.ready .dvc/tmp/pulled ## run the slow tests
	python -m pytest -m slow

fuzz: $(VENV)/.ready ## read damaged files at every entry point; INPUTS=200000 sets how many
	$(with_args) python -m tests.fuzz --inputs "$${INPUTS:-200000}"

faults: $(VENV)/.ready ## test kills, full disks and damage: finished work stays, the next call completes the rest
	python -m pytest tests/faults -m slow -q

bench: $(VENV)/.ready .dvc/tmp/pulled ## compare speed with libraries and plain loops; ARGS=--short writes nothing
	$(with_args) python -m tests.benchmarks

profile: $(VENV)/.ready .dvc/tmp/pulled ## draw where the time of one stage goes: STAGE=valence_02_training@recola
	@mkdir -p outputs
	py-spy record --subprocesses --rate 50 -o outputs/profile.svg -- \
	  dvc repro --single-item --force "$${STAGE:?the name of a stage, from dvc.yaml}"

lint: $(VENV)/.ready ## check style and types, also of notebooks
	ruff check .
	ruff format --check .
	nbstripout --verify --keep-id $$(git ls-files 'notebooks/*.ipynb')
	mypy
	python -m scripts.guard

lab: $(VENV)/.ready ## start JupyterLab in this project
	$(with_args) jupyter lab

corpus: $(VENV)/.ready .dvc/tmp/pulled ## add a corpus: NAME=egait FROM=/where/it/is; your own: TABLE=table.csv too
	python -m scripts.add_corpus --source="$${SOURCE:-unknown}" $(if $(LEAVE_OUT),--leave-out) $${TABLE:+--table="$$TABLE"} \
	  -- "$$NAME" "$${FROM:?the folder of the corpus}"

paper: $(VENV)/.ready ## lay out a new paper that runs on the sample: NAME=lastname2026-gaze TITLE="Where people look"
	python -m scripts.paper --title="$$TITLE" -- "$$NAME"

sweep: $(VENV)/.ready .dvc/tmp/pulled ## run a notebook at every point of a grid: ARGS="skeletal/02_training -g frames=32,64"
	$(with_args) python -m scripts.sweep

audit: $(VENV)/.ready ## audit predictions of your own: PREDICTIONS=mine.csv
	PREDICTIONS="$$PREDICTIONS" python -m scripts.audit.run

folds: $(VENV)/.ready .dvc/tmp/pulled ## write folds that others can use; NAME=iemocap: with ids, from your copy
	NAME="$$NAME" python -m scripts.folds.run

share: $(VENV)/.ready .dvc/tmp/pulled ## write one file with scores, digests and versions, and nothing of any sample
	NAME="$$NAME" python -m scripts.share.run share

receive: $(VENV)/.ready ## check and show results that others report: FILE=shared-results.json
	FILE="$$FILE" python -m scripts.share.run receive

predict: $(VENV)/.ready ## apply the trained networks to a file of your own: FILE=clip.mp4
	FILE="$$FILE" python -m scripts.predict.run

card: $(VENV)/.ready ## write a folder with a trained network, to hand over: MODEL=runs/<key>
	MODEL="$$MODEL" python -m scripts.card.run

keep: $(VENV)/.ready ## keep results on an open corpus in git: NAME=egait
	python -m scripts.open_data -- "$$NAME"

verify: $(VENV)/.ready ## compare all stored files with their checksums; REPAIR=1 restores damaged ones or computes them again
	python -m scripts.verify $(if $(REPAIR),--repair)

setup: $(VENV)/.ready .dvc/tmp/pulled ## install the environment, the sample corpora and the git hook that refuses media
	python -m scripts.guard --install

doctor: ## print what this machine lacks
	@$(python) -m scripts.doctor

# pip installs uv in the locked version; uv installs the rest and checks hashes
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(python) -m scripts.doctor --python
	test -x $(BIN)/python || "$$PYTHON" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  $$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m scripts.jupyter
	$(BIN)/python -m scripts.guard --install
	touch $@

# the sample corpora come from the remote inside the repository
.dvc/tmp/pulled: data.dvc | $(VENV)/.ready
	dvc checkout --quiet data.dvc 2>/dev/null || dvc pull --quiet data.dvc
	touch $@
