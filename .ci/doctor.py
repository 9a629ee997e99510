#!/usr/bin/env python3
"""Looks at this machine before anything is installed and prints the one line that fixes what is in the way.

Plain standard library, and nothing newer than Python 3.6 in its syntax: on a machine whose Python is too old
it must say so instead of failing. Each check takes what it found as arguments, so that tests can lie to it.
"""

import argparse
import os
import platform
import shutil
import socket
import subprocess
import sys

OLDEST_PYTHON = (3, 11)
# Measured: PyPI's CUDA wheels take 5.8 GB, the demo's database and pictures well under 0.5 GB.
DISK_TO_INSTALL_GB = 7.0
DISK_TO_RUN_GB = 1.0


class Finding:
    """One line of the report: what was looked at, what was found, and the fix if it is in the way."""

    def __init__(self, name, found, fix=""):
        self.name = name
        self.found = found
        self.fix = fix

    @property
    def ok(self):
        return not self.fix

    def lines(self):
        head = "%-5s%-13s%s" % ("ok" if self.ok else "FAIL", self.name, self.found)
        return [head] if self.ok else [head, "     fix: " + self.fix]


def newer_pythons():
    """Pythons on PATH that are new enough and do start (pyenv's shims may not), newest first."""
    names = ["python3.%d" % minor for minor in range(14, OLDEST_PYTHON[1] - 1, -1)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return [name for name in names if shutil.which(name) and subprocess.call([name, "-c", ""], **quiet) == 0]


def install_command(debian, mac):
    """How this kind of machine gets a package, as a prefix; empty where that is not known."""
    if shutil.which("apt-get"):
        return "sudo apt-get install " + debian
    if shutil.which("brew"):
        return "brew install " + mac
    return ""


def check_python(version=None, others=None):
    """Python itself, against `requires-python` of pyproject.toml."""
    version = tuple(sys.version_info[:3]) if version is None else version
    found = "%d.%d.%d" % version
    if version >= OLDEST_PYTHON:
        return Finding("Python", found)
    wanted = "%d.%d" % OLDEST_PYTHON
    others = newer_pythons() if others is None else others
    if others:
        fix = "make demo PYTHON=" + others[0]
    else:
        fix = install_command("python%s python%s-venv" % (wanted, wanted), "python@" + wanted)
        fix = fix or "install Python %s or newer from https://www.python.org/downloads/" % wanted
    return Finding("Python", "%s is older than %s" % (found, wanted), fix)


def check_venv(missing=None, version=None):
    """The venv module with ensurepip, which Debian ships as a package of its own."""
    if missing is None:
        missing = []
        for module in ("venv", "ensurepip"):
            try:
                __import__(module)
            except ImportError:
                missing.append(module)
    if not missing:
        return Finding("venv", "venv and ensurepip are there")
    version = tuple(sys.version_info[:2]) if version is None else version
    fix = install_command("python%d.%d-venv" % version, "python@%d.%d" % version)
    return Finding(
        "venv",
        "this Python has no " + " and no ".join(missing),
        fix or "install the package of your system that holds Python's venv module",
    )


def check_disk(free_gb=None, installed=None):
    """Room for the environment, or, once that is there, for the database and its pictures."""
    if free_gb is None:
        free_gb = shutil.disk_usage(os.getcwd()).free / 1e9
    if installed is None:
        installed = os.path.isdir(".venv")
    needed = DISK_TO_RUN_GB if installed else DISK_TO_INSTALL_GB
    found = "%.1f GB free here, %.0f GB needed at most" % (free_gb, needed)
    if free_gb >= needed:
        return Finding("disk", found)
    return Finding("disk", found, "free %.1f GB, or clone to a larger disk" % (needed - free_gb))


def check_architecture(system=None, machine=None, libc=None):
    """The platforms that have wheels of PyTorch and of the embedded Postgres."""
    system = platform.system() if system is None else system
    machine = platform.machine() if machine is None else machine
    libc = (platform.libc_ver()[0] if system == "Linux" else "") if libc is None else libc
    found = "%s %s" % (system, machine)
    if system == "Linux" and machine in ("x86_64", "aarch64"):
        if libc == "glibc":
            return Finding("architecture", found)
        return Finding(
            "architecture",
            found + " without glibc",
            "use a Linux with glibc (Debian, Ubuntu, Fedora): PyTorch has no wheels for musl",
        )
    if system == "Darwin" and machine == "arm64":
        return Finding("architecture", found)
    if system == "Windows":
        return Finding("architecture", found, "run it inside WSL 2: wsl --install -d Ubuntu")
    return Finding(
        "architecture",
        found,
        "use Linux on x86_64 or aarch64, or a Mac with Apple silicon: PyTorch has no wheels for this one",
    )


def port_is_free(port):
    """Whether 127.0.0.1:port can be bound; a port in TIME_WAIT counts as free, as it does for the server."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    except OSError:
        return False
    finally:
        probe.close()


def check_port(port, is_free=port_is_free):
    """The web server's port on this machine."""
    try:
        number = int(port)
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:
        return Finding("port", "%r is not a port" % (port,), "make demo PORT=8000")
    if is_free(number):
        return Finding("port", "%d is free" % number)
    for other in range(number + 1, min(number + 50, 65536)):
        if is_free(other):
            return Finding("port", "%d is taken" % number, "make demo PORT=%d" % other)
    return Finding("port", "%d is taken" % number, "stop what listens on it: lsof -i :%d" % number)


def check_git(path=None):
    """git, which names the commit in reports and which pre-commit needs."""
    path = shutil.which("git") if path is None else path
    if path:
        return Finding("git", path)
    fix = install_command("git", "git")
    return Finding("git", "not on PATH", fix or "install git from https://git-scm.com/downloads")


def main(arguments=None):
    """Prints every finding; the exit status is the number of those in the way, so 0 means go ahead."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", help="also look whether this port is free")
    options = parser.parse_args(arguments)
    findings = [check_python(), check_venv(), check_disk(), check_architecture(), check_git()]
    if options.port:
        findings.append(check_port(options.port))
    for finding in findings:
        print("\n".join(finding.lines()))
    return sum(not finding.ok for finding in findings)


if __name__ == "__main__":
    sys.exit(main())
