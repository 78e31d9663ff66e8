"""What other recipes stand on."""

from __future__ import annotations

from lab.builder.model import Image, Recipe, Rootfs, Take

DEBIAN = "debian"
# For hosts without Go: packages of the newest suite in use.
GO_SUITE = "forky"
GO_PACKAGES = ("golang-1.26-go", "golang-1.26-src")

RECIPES = (
    Recipe(
        name=DEBIAN,
        entry="",
        seconds=60,
        rootfs=Rootfs(packages=("ca-certificates",)),
    ),
    Recipe(
        name="busybox",
        entry="busybox",
        seconds=5,
        distribution=(("trixie", "busybox-static"),),
        images=(
            Image(
                "busybox",
                takes=(
                    Take("deb:busybox-static/usr/bin/busybox", "/bin/busybox"),
                    Take("applets:deb:busybox-static/usr/bin/busybox", "/bin"),
                ),
                cmd=("sh",),
            ),
        ),
    ),
)
