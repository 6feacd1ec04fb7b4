"""Hosts on one machine: network namespaces that a bridge joins, with mpirun's way from one to another. Root only."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

# Instead of ssh: a command in the namespaces of an address. Open MPI tells hosts apart by their names, and what they
# share by files in /dev/shm, so that each has its own of both.
AGENT = """#!/bin/sh
host=$1; shift
exec ip netns exec "pbe-$host" unshare --uts --mount sh -c '
  hostname "$0" && mount -t tmpfs tmpfs /dev/shm && exec sh -c "$*"' "$host" "$*"
"""
NETWORK = "10.77.0"


class Hosts:
    """So many hosts while the context lasts; the first one launches."""

    def __init__(self, count: int, folder: pathlib.Path):
        self.addresses = [f"{NETWORK}.{number + 1}" for number in range(count)]
        self.agent = folder / "agent"
        self.agent.write_text(AGENT)
        self.agent.chmod(0o755)

    @staticmethod
    def can_be_made(folder: pathlib.Path) -> bool:
        """Whether root, iproute2 and a system that allows namespaces are there."""
        if os.geteuid() != 0 or shutil.which("ip") is None:
            return False
        try:
            with Hosts(1, folder) as hosts:
                subprocess.run([hosts.agent, hosts.addresses[0], "true"], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            return False
        return True

    def __enter__(self) -> "Hosts":
        try:
            self._join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.end()
        for address in [*self.addresses, "bridge"]:
            subprocess.run(["ip", "netns", "del", f"pbe-{address}"], capture_output=True)

    def _join(self) -> None:
        """Each host has one wire, `wire`, to a bridge that is nobody's."""
        _call("ip netns add pbe-bridge")
        self.within("bridge", "ip link add bridge type bridge", "ip link set bridge up")
        for number, address in enumerate(self.addresses):
            _call(f"ip netns add pbe-{address}")
            _call(
                f"ip link add wire netns pbe-{address} type veth peer name port{number} netns pbe-bridge")
            self.within("bridge", f"ip link set port{number} master bridge up")
            self.within(
                address, f"ip addr add {address}/24 dev wire", "ip link set wire up", "ip link set lo up")

    def within(self, address: str, *commands: str) -> None:
        """Commands as a host's own."""
        for command in commands:
            _call(f"ip netns exec pbe-{address} {command}")

    def processes(self, address: str, program: str) -> list[int]:
        """Those of a program on a host."""
        return [process for process in self._all(address) if _name(process) == program]

    def end(self) -> None:
        """Kills whatever runs on the hosts."""
        for address in self.addresses:
            for process in self._all(address):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _all(self, address: str) -> list[int]:
        """Processes on a host; none where there is no such host."""
        command = ["ip", "netns", "pids", f"pbe-{address}"]
        listed = subprocess.run(command, capture_output=True, text=True)
        return [int(process) for process in listed.stdout.split()]

    def launcher(self, mpirun: list[str], counts: list[int]) -> list[str]:
        """mpirun on the first host, with so many ranks on each."""
        places = ",".join(f"{address}:{count}" for address, count in zip(self.addresses, counts))
        network = f"{NETWORK}.0/24"
        return [
            str(self.agent), self.addresses[0], *mpirun, "--mca", "plm_rsh_agent",
            str(self.agent), "--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network,
            "--mca", "btl", "self,tcp", "--host", places, "-n", str(sum(counts))]


def _name(process: int) -> str | None:
    """What a process runs; None where it has ended."""
    try:
        return pathlib.Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return None


def _call(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)
