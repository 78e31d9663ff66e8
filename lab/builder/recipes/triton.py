"""Triton: the server that NVIDIA publishes on PyPI, laid out as in NVIDIA's image. Python backend, no GPU."""

from __future__ import annotations

from lab.builder.model import Image, Recipe, Rootfs

BOOKWORM = "bookworm"
# It brings server 2.51.0, which is release 24.10.
WHEEL = "nvidia-pytriton==0.7.0"
HOME = "/opt/tritonserver"
PIP = "/opt/python/bin/pip install --no-input --only-binary :all:"
UNPACKED = "/tmp/wheel"

RECIPES = (
    # The backend's newest Python whose NumPy is one that the backend was made for.
    Recipe(
        name=BOOKWORM,
        entry="",
        seconds=60,
        rootfs=Rootfs(suite="bookworm", packages=("ca-certificates",)),
    ),
    Recipe(
        name="triton",
        entry="triton",
        seconds=90,
        needs=(BOOKWORM,),
        rootfs=Rootfs(
            suite="bookworm",
            base=BOOKWORM,
            packages=("python3-minimal", "python3-venv", "libpython3.11", "libgomp1", "zlib1g"),
            run=(
                "python3 -m venv /opt/python",
                # With what models need that MLflow keeps.
                f"{PIP} 'numpy<2' scikit-learn pandas mlflow-skinny",
                f"{PIP} --no-deps --target {UNPACKED} {WHEEL}",
                f"mkdir {HOME}",
                f"cp -r {UNPACKED}/pytriton/tritonserver/bin {UNPACKED}/pytriton/tritonserver/backends {HOME}/",
                f"cp -r {UNPACKED}/pytriton/tritonserver/caches {HOME}/",
                f"cp {UNPACKED}/pytriton/tritonserver/python_backend_stubs/3.11/* {HOME}/backends/python/",
                f"chmod 755 {HOME}/bin/tritonserver {HOME}/backends/python/triton_python_backend_stub",
                # Where its programs look for their libraries.
                f"cp -r {UNPACKED}/nvidia_pytriton.libs {HOME}/lib",
                f"ln -s {HOME}/lib /nvidia_pytriton.libs",
                "find /opt/python -type d -name tests -prune -exec rm -rf {} +",
                "rm -rf /opt/python/lib/python3*/site-packages/pip /opt/python/bin/pip*",
            ),
        ),
        images=(
            Image(
                "triton",
                base="triton",
                env=(
                    (
                        "PATH",
                        f"{HOME}/bin:/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    ),
                    ("PYTHONUNBUFFERED", "1"),
                ),
                cmd=("tritonserver",),
            ),
        ),
    ),
)
