"""The feature store: its online store, its server, and the proxy that asks for credentials."""

from __future__ import annotations

from lab.builder.model import Image, Recipe, Rootfs
from lab.builder.recipes.base import DEBIAN

PIP = "/opt/feast/bin/pip install --no-input --only-binary :all:"
SITE = "/opt/feast/lib/python3*/site-packages"

VALKEY = Recipe(
    name="valkey",
    entry="valkey",
    seconds=20,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        prepare=(
            "groupadd --system --gid 999 valkey",
            "useradd --system --uid 999 --gid 999 --home-dir /var/lib/valkey --shell /usr/sbin/nologin valkey",
        ),
        packages=("valkey-server",),
        expect=(("valkey-server", "{version}"),),
    ),
    images=(Image("valkey", base="valkey", user="999:999", workdir="/data", cmd=("valkey-server",)),),
)

HAPROXY = Recipe(
    name="haproxy",
    entry="haproxy",
    seconds=20,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        packages=("haproxy",),
        # As upstream's image has them.
        run=("groupmod --gid 99 haproxy", "usermod --uid 99 haproxy"),
        expect=(("haproxy", "{version}"),),
    ),
    images=(
        Image(
            "haproxy",
            base="haproxy",
            user="99:99",
            cmd=("haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"),
        ),
    ),
)

FEAST = Recipe(
    name="feast",
    entry="feast",
    seconds=200,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        packages=("python3-minimal", "python3-venv"),
        run=(
            "python3 -m venv /opt/feast",
            f"{PIP} 'feast[redis,postgres,aws]=={{version}}'",
            f"find {SITE} -type d -name tests -prune -exec rm -rf {{}} +",
            # A checker of types that a dependency asks for, and pages of a server that does not run here.
            "/opt/feast/bin/pip uninstall --yes mypy",
            f"rm -rf {SITE}/feast/ui",
            f"rm -rf {SITE}/pip /opt/feast/bin/pip*",
        ),
    ),
    images=(
        Image(
            "feast",
            base="feast",
            env=(
                ("PATH", "/opt/feast/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ("PYTHONUNBUFFERED", "1"),
            ),
            cmd=("feast", "serve", "--host", "0.0.0.0"),
        ),
    ),
)

RECIPES = (VALKEY, HAPROXY, FEAST)
