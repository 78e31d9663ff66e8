"""Apply a feature repository: apply.py FOLDER [FILE], where FILE of the repository is run first.

Runs once for each version of the repository, as a Job, before the servers roll. It may run again at any time.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile

# Feast would look for the files of a source on S3 at its default address, whatever the source says.
APPLY = ["feast", "apply", "--skip-source-validation"]


def main() -> None:
    folder, *prepare = sys.argv[1:]
    # A mounted ConfigMap has its files in hidden folders as well, whose names Python cannot import.
    with tempfile.TemporaryDirectory() as copy:
        for path in pathlib.Path(folder).iterdir():
            if path.is_file():
                shutil.copy(path, copy)
        for command in (*([sys.executable, name] for name in prepare), APPLY):
            done = subprocess.run(command, cwd=copy, check=False)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)} ended with {done.returncode}")


if __name__ == "__main__":
    main()
