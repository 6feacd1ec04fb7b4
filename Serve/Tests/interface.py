"""Has Schemathesis try the interface against its own description.

  pip install schemathesis==4.32.5
  python3 Serve/Tests/interface.py PATH/TO/schemathesis [--seconds 30] [--binary .build/release/pbe-serve]

Two checks are left out. `positive_data_acceptance`: that a text is base64 of a picture of the mask's size is
more than a schema can say, so most orders that fit the schema are refused. `use_after_free`: a job that was
cancelled is still known, and says so.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

from server import BINARY, Server, check

LEFT_OUT = "positive_data_acceptance,use_after_free,ensure_resource_availability"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("schemathesis")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--binary", default=BINARY)
    options = parser.parse_args()
    # What Schemathesis remembers of earlier runs must not decide this one.
    with Server(binary=options.binary) as server, tempfile.TemporaryDirectory() as folder:
        code, description = server.json("GET", "/openapi.json")
        check(code == 200, "there is no description")
        result = subprocess.run(
            [os.path.abspath(options.schemathesis), "run", f"http://{server.host}/openapi.json", "--exclude-checks", LEFT_OUT,
             "--max-time", str(options.seconds), "--continue-on-failure", "--no-color"],
            capture_output=True, text=True, cwd=folder)
        if result.returncode != 0:
            print(result.stdout[-8000:], result.stderr, file=sys.stderr)
        check(result.returncode == 0, "the interface is not as it is described")
        check(server.process.poll() is None, "the server has ended")
        cases = re.search(r"\d+ generated.*", result.stdout).group(0)
        print(f"{len(description['paths'])} paths are as described: {cases}")


if __name__ == "__main__":
    main()
