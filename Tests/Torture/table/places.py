"""Where the repository is, and what the cases share."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
FIXTURES = REPOSITORY / "Tests/Golden/fixtures"
SCENES = REPOSITORY / "Examples/scenes"
# Three small pictures, 64×64, a mask and a reference.
SCENE = Path(__file__).resolve().parent / "scene"
CONFIGURATIONS = REPOSITORY / "Configs"

# The smallest network that trains, on pictures of 32 pixels.
SMALL_TRAINING = ("--config", str(CONFIGURATIONS / "demo-autoencoder.yaml"),
                  "model.params.first_stage_config.params.ddconfig.ch=8",
                  "data.params.batch_size=4", "data.params.num_workers=0",
                  "data.params.train.params.image_size=32", "validation.every=0", "samples.every=0",
                  "lightning.trainer.max_steps=2")


@dataclass
class Places:
    """The programs under test, and a folder for what is made once for all cases."""

    binaries: Path
    workshop: Path

    def program(self, name: str) -> str:
        return str(self.binaries / name)

    @cached_property
    def scenes(self) -> Path:
        """A data set of 40 pictures, and a bench of two cases."""
        folder = self.workshop / "scenes"
        self._make("pbe-data", "scenes", "--images", "40", "--bench", "2", "--size", "32",
                   "--threads", "1", "--output", str(folder))
        return folder

    @cached_property
    def run(self) -> Path:
        """A finished training of two steps."""
        folder = self.workshop / "run"
        data = [
            f"data.params.{part}.params.dataset_dir={self.scenes}"
            for part in ("train", "validation")
        ]
        self._make("pbe-train", *SMALL_TRAINING, *data, "--threads", "1", "--output", str(folder))
        return folder

    @cached_property
    def study(self) -> Path:
        """A study of two ways to fill holes."""
        runs = [str(self.workshop / name) for name in ("copy-paste", "blur-fill")]
        for run in runs:
            self._make("pbe-eval", "--baseline", Path(run).name, "--bench",
                       str(self.scenes / "bench"), "--threads", "1", "--output", run)
        folder = self.workshop / "study"
        self._make("pbe-eval", "study", "make", *runs, "--groups", "2", "--repeats", "0",
                   "--attention", "0", "--raters", "2", "--threads", "1", "--output", str(folder))
        return folder

    def _make(self, program: str, *arguments: str) -> None:
        result = subprocess.run([self.program(program), *arguments], capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"cannot prepare the cases: {program} failed\n{result.stderr}")
