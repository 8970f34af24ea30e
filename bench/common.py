"""What every benchmark prints: the machine, n, medians, ratios."""

import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path


def machine() -> str:
    """One line about the machine."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")), cpu)
    load = os.getloadavg()[0]
    return f"{cpu}, {os.cpu_count()} CPUs, Python {platform.python_version()}, load {load:.1f}"


def header(title: str, *notes: str) -> None:
    """Title, machine and notes."""
    print(f"\n== {title}\n   {machine()}")
    for note in notes:
        print(f"   {note}")


def median(work: Callable[[], object], n: int = 7, warm: int = 1) -> float:
    """Median of ``n`` runs in seconds, after ``warm`` unmeasured ones."""
    for _ in range(warm):
        work()
    taken = []
    for _ in range(n):
        gc.collect()
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def quantile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(label: str, seconds: float, n: int, note: str = "") -> None:
    """One line: label, milliseconds, n, note."""
    print(f"   {label:<46} {seconds * 1000:10.2f} ms  n={n}  {note}")


def verdict(label: str, value: float, bar: float, unit: str = "x", lower_is_better: bool = True) -> bool:
    """Print whether a bar is reached; ``TENURE_BENCH_JSON`` names a file that collects the lines."""
    good = value <= bar if lower_is_better else value >= bar
    print(
        f"   {'reached' if good else 'MISSED '}  {label}: {value:.2f} {unit} (bar {'<=' if lower_is_better else '>='} {bar:g} {unit})"
    )
    if target := os.environ.get("TENURE_BENCH_JSON"):
        with Path(target).open("a") as out:
            out.write(json.dumps({"label": label, "value": value, "bar": bar, "unit": unit, "reached": good}) + "\n")
    return good


def rss_mb(pid: int | str = "self", part: str = "VmRSS") -> float:
    """Resident memory of a process in MB (Linux); ``part`` may be RssAnon (its own) or RssFile (code and files, shared)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{part}:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def rows_from_arguments(default: int) -> int:
    """The first argument as a number of rows."""
    return int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else default
