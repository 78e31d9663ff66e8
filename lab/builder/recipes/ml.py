"""MLflow: server and training client in one image, as upstream's -full variant."""

from __future__ import annotations

from lab.builder.model import Image, Recipe, Rootfs
from lab.builder.recipes.base import DEBIAN

PIP = "/opt/mlflow/bin/pip install --no-input --only-binary :all:"
SITE = "/opt/mlflow/lib/python3*/site-packages"

MLFLOW = Recipe(
    name="mlflow",
    entry="mlflow",
    seconds=240,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        packages=("python3-minimal", "python3-venv", "libgomp1"),
        run=(
            "python3 -m venv /opt/mlflow",
            f"{PIP} 'mlflow[auth]=={{version}}' psycopg2-binary boto3 prometheus-flask-exporter",
            f"find {SITE} -type d -name tests -prune -exec rm -rf {{}} +",
            "rm -rf /opt/mlflow/lib/python3*/site-packages/pip /opt/mlflow/bin/pip*",
        ),
    ),
    images=(
        Image(
            "mlflow",
            base="mlflow",
            env=(
                ("PATH", "/opt/mlflow/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ("PYTHONUNBUFFERED", "1"),
            ),
            cmd=("mlflow", "server", "--host", "0.0.0.0"),
        ),
    ),
)

RECIPES = (MLFLOW,)
