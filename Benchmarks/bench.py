"""`make bench`: prepares a virtual environment, then runs the harness in it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
VENV = FOLDER / ".venv"
REQUIREMENTS = FOLDER / "requirements.txt"


def prepare() -> Path:
    """The environment's interpreter; packages are installed when the requirements have changed."""
    python = VENV / "bin" / "python"
    stamp = VENV / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    if sys.version_info < (3, 11):
        sys.exit(f"error: the peers need Python 3.11 or newer; this is {sys.version.split()[0]}")
    print("Installing the peers (PyTorch, OpenVINO and others) into Benchmarks/.venv", flush=True)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
    stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    python = prepare()
    os.chdir(FOLDER)
    os.execv(python, [str(python), "-m", "harness", *sys.argv[1:]])
