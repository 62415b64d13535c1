.DELETE_ON_ERROR:
.PHONY: help repro controls test test-slow bench lint lab report corpus sweep keep audit folds share receive verify setup doctor predict card fuzz faults
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# what is given on the command line reaches programs as it was typed: `$` in it is not make's
GIVEN := NAME FROM SOURCE LEAVE_OUT ARGS PREDICTIONS PRINTED OTHER FOLDS NAMES PATTERN CLASSES CLUSTER OUT
$(foreach name,$(GIVEN),$(if $(value $(name)),$(eval override export $(name) := $$(value $(name)))))
# a program with the words of ARGS, split and unquoted as a shell does it; nothing in them is executed
with_args = python -c 'import os, shlex, sys; given = sys.argv[1:] + shlex.split(os.environ.get("ARGS", "")); \
  os.execvp(given[0], given)'
export PYTHONHASHSEED := 0
unexport PYTHONDONTWRITEBYTECODE # else every kernel compiles all that it imports
export PATH := $(CURDIR)/$(BIN):$(PATH)
# a cluster's own kernels may stand in JUPYTER_PATH: this environment's comes first
export JUPYTER_PATH := $(CURDIR)/$(VENV)/share/jupyter$(if $(JUPYTER_PATH),:$(JUPYTER_PATH))

help: ## print what there is to make (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

# says which stage of how many runs, and the time left
PROGRESS := python -m scripts.progress
# two chains of stages side by side: while a notebook of one starts or draws, runs of the other train
chain = $(PROGRESS) dvc --wait-for-lock repro --single-item \
  $(foreach paper,$(1),$(shell sed -n 's/^  \($(paper)_[0-9a-z_]*\):$$/\1/p' dvc.yaml))
# Nothing is regenerated unless a file or folder changed since the last time: what is read, since its start;
# what is written, since its end. Times of change (ctime) count, which copying or moving cannot keep.
READ := lib notebooks scripts profiles params.yaml dvc.yaml data data.dvc requirements.lock Makefile $(VENV)/.ready
WRITTEN := dvc.lock outputs runs reports
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
	python -m compileall -q lib scripts # or the first import changes folders
	touch .dvc/tmp/started
	dvc repro data.dvc notebooks
	python -m scripts.cluster sh -c '$(call chain,published skeletal context) & \
	  $(call chain,audiovisual valence); second=$$?; wait $$! && test $$second = 0 && $(PROGRESS) dvc repro'
	$(MAKE) --no-print-directory report
	touch .dvc/tmp/ended

# DVC never runs frozen stages; it notes in dvc.lock what they were made from
CONTROLS := 03_negative_controls 04_power
controls: $(VENV)/.ready .dvc/tmp/pulled ## an hour or more: permuted labels, effects of other strengths
	dvc repro $(foreach paper,skeletal audiovisual context valence,$(paper)_03_ablations)
	python -m scripts.cluster sh -ec 'for name in $(CONTROLS); do \
	  python -m scripts.notebook run replication/$$name; done'
	dvc commit --force $(CONTROLS:%=replication_%)
	$(MAKE) --no-print-directory report

report: $(VENV)/.ready ## build the report site from the results that exist
	python -m scripts.report.site

test: $(VENV)/.ready ## the quick suite
	python -m pytest -n auto

test-slow: $(VENV)/.ready .dvc/tmp/pulled ## the rest of the suite
	python -m pytest -m slow

INPUTS := 200000
fuzz: $(VENV)/.ready ## read damaged files at every entry point; INPUTS=200000 of them
	$(with_args) python -m tests.fuzz --inputs $(INPUTS)

faults: $(VENV)/.ready ## kills, full disks, damage: what is finished stays, the next call completes
	python -m pytest tests/faults -m slow -q

bench: $(VENV)/.ready .dvc/tmp/pulled ## speed: ratios against plain implementations
	$(with_args) python -m pytest tests/benchmarks -m "slow or not slow" --benchmark-enable

lint: $(VENV)/.ready ## style and types, of notebooks too
	ruff check .
	ruff format --check .
	nbstripout --verify --keep-id $$(git ls-files 'notebooks/*.ipynb')
	mypy
	python -m scripts.guard

lab: $(VENV)/.ready ## JupyterLab in this project
	$(with_args) jupyter lab

corpus: $(VENV)/.ready .dvc/tmp/pulled ## make corpus NAME=egait FROM=/where/it/is; LEAVE_OUT=1 leaves damaged files out
	python -m scripts.add_corpus --source="$${SOURCE:-unknown}" $(if $(LEAVE_OUT),--leave-out) \
	  -- "$$NAME" "$${FROM:?the folder of the corpus}"

sweep: $(VENV)/.ready .dvc/tmp/pulled ## make sweep ARGS="skeletal/02_training -g frames=32,64"
	$(with_args) python -m scripts.sweep

audit: $(VENV)/.ready ## make audit PREDICTIONS=mine.csv: audit predictions of your own
	PREDICTIONS="$$PREDICTIONS" python -m scripts.audit.run

folds: $(VENV)/.ready .dvc/tmp/pulled ## folds that others can use; make folds NAME=iemocap: with ids, of your copy
	NAME="$$NAME" python -m scripts.folds.run

share: $(VENV)/.ready .dvc/tmp/pulled ## one file with scores, digests and versions, and nothing of a sample
	NAME="$$NAME" python -m scripts.share.run share

receive: $(VENV)/.ready ## make receive FILE=shared-results.json: check and show what others report
	FILE="$$FILE" python -m scripts.share.run receive

predict: $(VENV)/.ready ## make predict FILE=clip.mp4: what the trained networks say about a file of your own
	FILE="$$FILE" python -m scripts.predict.run

card: $(VENV)/.ready ## make card MODEL=runs/<key>: a folder with a trained network, to hand over
	MODEL="$$MODEL" python -m scripts.card.run

keep: $(VENV)/.ready ## make keep NAME=egait: keep results on open data in git
	python -m scripts.open_data -- "$$NAME"

verify: $(VENV)/.ready ## compare all that is stored with its checksums; REPAIR=1 sets aside what is damaged
	python -m scripts.verify $(if $(REPAIR),--repair)

setup: $(VENV)/.ready .dvc/tmp/pulled ## the environment, the sample corpora and git's hook against committing media
	python -m scripts.guard --install

doctor: ## say what this machine lacks, before anything long starts
	@$(or $(wildcard $(BIN)/python),$(PYTHON),python3.11) -m scripts.doctor

# pip brings uv in the locked version, uv the rest, hashes checked
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(or $(wildcard $(BIN)/python),$(PYTHON),python3.11) -m scripts.doctor --python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
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
