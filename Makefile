# make demo    the whole path on procedural scenes, into runs/demo; call it again to resume
# make paper   the paper's results section in miniature, into runs/paper and docs/paper.md; hours; resumes
# make serve   the page, painting with the shipped model; MODEL=DIR another one
# make tune PICTURES=DIR  teaches the shipped model an object of yours, and tells what it has forgotten
# make dist    one archive of programs, model and manual pages for Linux without Swift, into .build/dist
# make test    every test of the package
# make bench   us and our peers, timed in one run; QUICK=1 takes minutes instead of hours
# make few-steps   what few steps cost and give: the table of docs/few-steps.md
# make tuning  a class that the shipped model has never seen, from twenty pictures: the table of docs/tuning.md
# make torture kills, failing disks, hostile files; HOURS=8 for a night
# make mpi     what programs need to work together under mpirun or srun; see docs/scale.md
# make docs    the reference of every public symbol, into .build/docs
# make format  lays the sources out; make lint only checks
#
# make test-serve tries the page's server; test-page the page, a study's and IOPaint's app, in Chromium;
# test-dist the archive, on Debian 12 and 13; test-mpi several ranks, kills and all. All install what is
# missing first.

BIN := .build/release
DEMO := runs/demo
PAPER := runs/paper
REPORT := --document docs/paper.md

IMAGES := 3000
BENCH := 100
SAMPLING := --sampler dpm++ --steps 25 --scale 3 --batch 10
REQUIRED := --require-wins 80 --require-ratio 1.8
REQUIRED_OF_CONTROL := --require-wins-between 38,62

# make demo QUICK=1: every part of the path, too short to learn anything.
ifdef QUICK
PAPER := runs/quick-paper
REPORT := --quick
IMAGES := 64
BENCH := 4
SAMPLING := --sampler dpm++ --steps 2 --scale 3
REQUIRED :=
REQUIRED_OF_CONTROL :=
SHORT := lightning.trainer.max_steps=4 validation.cases=4 samples.every=0
endif

# What every training of the demo learns from.
ON_SCENES = data.params.train.params.dataset_dir=$(DEMO)/scenes \
  data.params.validation.params.dataset_dir=$(DEMO)/scenes $(SHORT)

.PHONY: demo paper serve tune dist test bench few-steps tuning docs format lint test-serve test-page test-dist torture measure-dist build \
  build-serve chromium packages mpi test-mpi

demo: build
	@$(BIN)/pbe-data scenes --output $(DEMO)/scenes --images $(IMAGES) --bench $(BENCH) \
	  --size 64 --seed 1
	@echo "Training the autoencoder: $(DEMO)/autoencoder"
	@$(BIN)/pbe-train --continue --output $(DEMO)/autoencoder --config Configs/demo-autoencoder.yaml \
	  $(ON_SCENES)
	@echo "Training the image encoder: $(DEMO)/encoder"
	@$(BIN)/pbe-train --continue --output $(DEMO)/encoder --config Configs/demo-encoder.yaml \
	  $(ON_SCENES)
	@echo "Sharpening the decoder: $(DEMO)/decoder"
	@$(BIN)/pbe-train --continue --output $(DEMO)/decoder \
	  --config Configs/demo-autoencoder.yaml Configs/demo-decoder.yaml \
	  initialize.vae=$(DEMO)/autoencoder initialize.image_encoder=$(DEMO)/encoder \
	  $(ON_SCENES)
	@echo "Training the diffusion model: $(DEMO)/diffusion"
	@$(BIN)/pbe-train --continue --output $(DEMO)/diffusion --config Configs/demo.yaml \
	  initialize.vae=$(DEMO)/decoder initialize.image_encoder=$(DEMO)/encoder \
	  $(ON_SCENES)
	@echo "Painting and scoring the bench: $(DEMO)/evaluation"
	@$(BIN)/pbe-eval --model $(DEMO)/diffusion --bench $(DEMO)/scenes/bench \
	  --output $(DEMO)/evaluation $(SAMPLING) $(REQUIRED)
	@echo "The same without references, as a control: $(DEMO)/control"
	@$(BIN)/pbe-eval --model $(DEMO)/diffusion --bench $(DEMO)/scenes/bench \
	  --output $(DEMO)/control $(SAMPLING) --null-reference $(REQUIRED_OF_CONTROL)
	@echo
	@echo "Contact sheet:   $(DEMO)/evaluation/contact-sheet.png"
	@echo "Metrics:         $(DEMO)/evaluation/metrics.json (report.html beside it explains them)"
	@echo "TensorBoard log: $(DEMO)/diffusion (tensorboard --logdir $(DEMO))"

paper: build
	@$(BIN)/pbe-bench paper --output $(PAPER) $(REPORT)

# One test at a time: some measure the memory that all of them share. Then what multiplies by tiles once
# more, emulated: everywhere the same bits as AMX has, which few machines do.
test: packages
	swift test -c release --disable-testable-imports --no-parallel
	PBE_CPU=emulated swift test -c release --disable-testable-imports --no-parallel --skip-build \
	  --filter 'Tile|Deferred|Mixed'

# The page's server, a package of its own, with a build folder of its own: in a shared one each package
# would remove what only the other depends on.
SERVE := --package-path Serve -c release
MODEL := Examples/scenes

build-serve: packages
	swift build $(SERVE) --product pbe-serve
	@folder="$$(swift build -c release --show-bin-path)"; mkdir -p "$$folder"; \
	  test -e $(BIN) || ln -s "$$folder" $(BIN); \
	  install -m 755 "$$(swift build $(SERVE) --show-bin-path)/pbe-serve" $(BIN)/

serve: build-serve
	$(BIN)/pbe-serve --model $(MODEL) --open

# Schemathesis in an environment of its own. MINUTES=60: load for an hour.
SCHEMA := .build/schema
MINUTES := 1

test-serve: build build-serve
	@.ci/install python3-venv
	swift test $(SERVE) --disable-testable-imports
	@test -x $(SCHEMA)/bin/schemathesis || python3 -m venv $(SCHEMA)
	@$(SCHEMA)/bin/pip install -q schemathesis==4.32.5
	python3 Serve/Tests/promises.py
	python3 Serve/Tests/hostile.py
	python3 Serve/Tests/interface.py $(SCHEMA)/bin/schemathesis
	python3 Serve/Tests/load.py --minutes $(MINUTES)
	python3 Serve/Tests/fuzz.py --seconds 30
	python3 Serve/Tests/iopaint.py

# Debian's Chromium and its driver; Selenium and axe in an environment of their own. Of
# axe-playwright-python only the file axe.min.js is used, so Playwright is left out.
BROWSER := .build/browser

chromium:
	@.ci/install chromium chromium-driver python3-venv
	@test -x $(BROWSER)/bin/python || python3 -m venv $(BROWSER)
	@$(BROWSER)/bin/pip install -q selenium==4.51.0
	@$(BROWSER)/bin/pip install -q --no-deps axe-playwright-python==0.1.8

# SCREENSHOTS=docs/page: writes the pictures of docs/page.md instead.
test-page: build build-serve chromium
	@$(BROWSER)/bin/python Tests/Browser/study.py $(BIN)/pbe-eval $(BIN)/pbe-serve
	@$(BROWSER)/bin/python Tests/Browser/page.py $(BIN)/pbe-serve $(BIN)/pbe-sample \
	  $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))
	@$(BROWSER)/bin/python Tests/Browser/iopaint.py $(BIN)/pbe-serve

# Your pictures for half of the time, scenes as the model knows them for the other; a bench of those before
# and after. The log's last pictures, painted without and with what was learnt, are the sheet. Each folder of
# pictures has a run of its own, or another's would be taken for finished.
TUNED = runs/tuned/$(shell basename "$(PICTURES)" | tr -c 'A-Za-z0-9._\n-' -)
TUNING = --config Configs/scenes.yaml Configs/tune.yaml initialize.model=$(MODEL) \
  data.params.train.params.dataset_dir=$(TUNED)/mixed.jsonl \
  data.params.validation.params.dataset_dir=$(TUNED)/own.jsonl
RESCORED = --model $(MODEL) --bench $(TUNED)/known/bench --sampler dpm++ --steps $(if $(QUICK),2,25) --batch 10

tune: build
	@test -d "$(PICTURES)" || { echo "make tune PICTURES=DIR: a folder with pictures of one object" >&2; exit 2; }
	@mkdir -p $(TUNED)
	@$(BIN)/pbe-data import --from folder "$(PICTURES)" --one-object --output $(TUNED)/own.jsonl
	@$(BIN)/pbe-data scenes --output $(TUNED)/known --images 2000 --bench $(BENCH) --size 128 --seed 77
	@sed 's|"image": "|&$(abspath $(TUNED))/known/|' $(TUNED)/known/train.jsonl > $(TUNED)/mixed.jsonl
	@while [ $$(wc -l < $(TUNED)/mixed.jsonl) -lt 4000 ]; do \
	  cat $(TUNED)/own.jsonl >> $(TUNED)/mixed.jsonl; done
	@$(BIN)/pbe-train --continue --output $(TUNED)/run $(TUNING) $(SHORT)
	@echo "What the model still knows: a bench before and after"
	@$(BIN)/pbe-eval $(RESCORED) --output $(TUNED)/before
	@$(BIN)/pbe-eval $(RESCORED) --output $(TUNED)/after --lora $(TUNED)/run
	@$(BIN)/pbe-eval compare $(TUNED)/before $(TUNED)/after --metrics reference_similarity,background
	@echo
	@echo "Before and after: $(TUNED)/run/samples"
	@echo "To paint with it: $(BIN)/pbe-sample --model $(MODEL) --lora $(TUNED)/run …"

dist: packages
	@Distribution/build

# Debian's own tools make the roots, and read manual pages and completions.
test-dist: build dist
	@.ci/install debootstrap groff man-db mandoc zsh fish libopenmpi-dev openmpi-bin
	@python3 Distribution/test.py .build/dist/paint-by-example-*-x86_64-linux.tar.gz $(BIN)/pbe-sample

# Minutes of kills and of failing calls; HOURS=8: ranks, the fuzzer and the sanitizers, too. SEED=N: as once before.
torture: MINUTES = 4
torture: build $(if $(HOURS),mpi)
	@$(if $(HOURS),.ci/install cmake dpkg-dev)
	@python3 Tests/Torture/chamber.py --binaries $(BIN) \
	  $(if $(HOURS),--hours $(HOURS),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

# Programs open the library when a launcher has started them. MPICC=mpicc.mpich: of another MPI, which is then
# not installed here.
MPICC := mpicc

mpi: build
	@command -v $(MPICC) >/dev/null || .ci/install libopenmpi-dev openmpi-bin
	MPICC=$(MPICC) Sources/MPI/make-mpi $(BIN)

test-mpi: mpi
	@command -v ip >/dev/null || .ci/install iproute2
	python3 Tests/MPI/ranks.py $(BIN)

# The table of docs/dist.md.
measure-dist: build dist
	@python3 Distribution/measure.py .build/dist/paint-by-example-*-x86_64-linux.tar.gz $(BIN)

# WORKS=unet,adamw: only these.
bench: build
	@python3 Benchmarks/bench.py $(if $(QUICK),--quick) $(if $(WORKS),--only $(WORKS))

few-steps: build
	@python3 Benchmarks/few_steps.py

tuning: build
	@python3 Benchmarks/tuning.py

# In the order of Package.swift: a module's pages link to those of the modules before it.
MODULES := Support Tensors Autograd Pictures Datasets Scenes Models Inference Training Evaluation \
  PaintByExample
DOCS := .build/docs

docs: packages
	swift package --allow-writing-to-directory $(DOCS) generate-documentation \
	  $(MODULES:%=--target %) --enable-experimental-combined-documentation \
	  --warnings-as-errors --transform-for-static-hosting --output-path $(DOCS)
	@echo
	@echo "Reference:  $(DOCS)/index.html, which must be served:"
	@echo "            python3 -m http.server --directory $(DOCS)"
	@echo "            and http://localhost:8000/documentation in a browser"

build: packages
	swift build -c release

packages:
	@.ci/install

SWIFT := Package.swift Sources Tests Benchmarks/Swift Examples/Client/Sources Serve/Package.swift \
  Serve/Sources Serve/Tests

format:
	swift format --in-place --recursive $(SWIFT)

lint:
	swift format lint --strict --recursive $(SWIFT)
