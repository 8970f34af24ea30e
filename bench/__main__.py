"""Run every benchmark of this folder in turn, each in a process of its own: ``python -m bench [NAME ...]``."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
APART = {"__init__", "__main__", "common", "numpy_rules", "pages"}

names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)
failed = [
    name for name in names if subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, check=False).returncode
]
if failed:
    print(f"\nDid not finish: {', '.join(failed)}")
sys.exit(1 if failed else 0)
