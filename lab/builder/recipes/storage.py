"""Object storage."""

from __future__ import annotations

from lab.builder.model import GoModule, Image, Recipe, Rootfs, Take
from lab.builder.recipes.base import DEBIAN

MINIO = "github.com/minio/minio"

RECIPES = (
    Recipe(
        name="minio",
        entry="minio",
        seconds=195,
        needs=(DEBIAN,),
        modules=(
            GoModule(
                MINIO,
                "latest",
                stamp="{release_stamp}",
                packages=((".", "minio"),),
                ldflags=(
                    f"-X {MINIO}/cmd.Version={{release_time}} -X {MINIO}/cmd.ReleaseTag={{version}}"
                    f" -X {MINIO}/cmd.CopyrightYear={{release_year}}"
                ),
                tags="kqueue",
            ),
        ),
        images=(
            Image(
                "minio",
                base=DEBIAN,
                takes=(
                    Take("go:minio", "/usr/bin/minio"),
                    Take("asset:minio-entrypoint.sh", "/usr/bin/docker-entrypoint.sh"),
                    Take("empty:", "/data", 0o777),
                ),
                entrypoint=("/usr/bin/docker-entrypoint.sh",),
                cmd=("minio",),
            ),
        ),
    ),
    Recipe(
        name="ceph",
        entry="",
        seconds=120,
        needs=(DEBIAN,),
        rootfs=Rootfs(base=DEBIAN, packages=("ceph-mon", "ceph-osd", "radosgw")),
        profiles=frozenset({"full"}),
    ),
)
