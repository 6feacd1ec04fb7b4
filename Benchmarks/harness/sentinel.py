"""Tells when AMX is slow.

On shared hosts AMX falls to a quarter of its speed for seconds or minutes at a time, whatever runs
here, while fp32 and the clock do not. What was timed then says nothing and is timed again.
"""

import json
import subprocess
import time
from collections.abc import Callable

from . import cache, machine
from .worker import WorkerFailed

# GFLOP/s a core that AMX reaches at full speed only, wherever there is AMX.
PLAUSIBLE = 1100.0
# A reading below this share of the fastest one is slow.
SHARE = 0.7
# Seconds of readings at the start: these if one is plausible, else up to those.
SHORTEST_LOOK, LONGEST_LOOK = 1.0, 60.0
# Seconds that one run may be waited for and repeated.
PATIENCE = 180.0
PAUSE = 0.05


class Sentinel:
    """Asks a process how fast AMX is just now; use as a context manager.

    Where there is no AMX it asks nothing, and nothing is ever slow.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self.fastest = 0.0
        self.process: subprocess.Popen | None = None
        if machine.has("amx_bf16"):
            self.process = subprocess.Popen(
                [str(cache.BENCH), "sentinel"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            self.look(log)

    def __enter__(self) -> "Sentinel":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def look(self, log: Callable[[str], None]) -> None:
        """What fast means must be seen first."""
        began, limit = time.monotonic(), LONGEST_LOOK
        while self.process and time.monotonic() - began < limit:
            self.read()
            if self.fastest >= PLAUSIBLE:
                limit = SHORTEST_LOOK
        if self.process:
            log(f"AMX: up to {self.fastest:.0f} GFLOP/s a core")
        if self.process and self.fastest < PLAUSIBLE:
            log(f"it has been slow for {LONGEST_LOOK:.0f} s, and what is timed now may be, too")

    def read(self) -> float:
        """GFLOP/s of one core in a millisecond; 0 where AMX may not be used."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # there is no answer
        answer = self.process.stdout.readline()
        if not answer:
            raise WorkerFailed("pbe-bench sentinel ended")
        speed = json.loads(answer)["gflops"]
        if speed is None:
            self.stop()
            return 0.0
        self.fastest = max(self.fastest, speed)
        return speed

    def is_fast(self) -> bool:
        return self.process is None or self.read() >= SHARE * self.fastest

    def undisturbed(self, run: Callable[[], dict]) -> tuple[dict, bool]:
        """What a run gives, and whether AMX was fast right before and after it.

        It is repeated until AMX was, or until patience ends.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            fast = self.wait(deadline)
            result = run()
            fast = fast and self.is_fast()
            if fast or time.monotonic() > deadline:
                return result, fast

    def wait(self, deadline: float) -> bool:
        """Returns when AMX is fast (true) or at the deadline."""
        while not self.is_fast():
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        return True

    def stop(self) -> None:
        if self.process:
            self.process.communicate()
            self.process = None


def unguarded(run: Callable[[], dict]) -> tuple[dict, bool]:
    """For works without AMX."""
    return run(), True
