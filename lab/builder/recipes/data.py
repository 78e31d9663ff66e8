"""PostgreSQL, its operator and its pooler."""

from __future__ import annotations

from lab.builder.model import NONROOT, File, GoModule, Image, Recipe, Rootfs, Take
from lab.builder.recipes.base import DEBIAN

CNPG = "github.com/cloudnative-pg/cloudnative-pg"

OPERATOR = Recipe(
    name="cloudnative-pg",
    entry="cloudnative_pg",
    seconds=130,
    modules=(
        GoModule(
            CNPG,
            packages=(("cmd/manager", "manager"),),
            ldflags=f"-X {CNPG}/pkg/versions.buildVersion={{version}}",
        ),
    ),
    images=(
        Image(
            "operator",
            takes=(
                Take("go:manager", "/operator/manager_amd64"),
                Take("link:operator/manager_amd64", "/manager"),
            ),
            entrypoint=("/manager",),
            user=NONROOT,
            certificates=True,
        ),
    ),
    files=(File("manifest", ("releases/cnpg-{version}.yaml",)),),
)

POSTGRESQL = Recipe(
    name="postgresql",
    entry="postgresql",
    seconds=40,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        prepare=(
            "useradd --system --user-group --uid 26 --home-dir /var/lib/postgresql --shell /bin/bash postgres",
            "mkdir -p /etc/postgresql-common",
            "echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf",
        ),
        packages=("postgresql-{major}", "libnss-wrapper"),
        expect=(("postgresql-{major}", "{base}"),),
    ),
    images=(
        Image(
            "postgresql",
            base="postgresql",
            user="26",
            env=(
                ("PATH", "/usr/lib/postgresql/{major}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ("LANG", "C.UTF-8"),
            ),
            entrypoint=(),
            cmd=("bash",),
        ),
    ),
)

PGBOUNCER = Recipe(
    name="pgbouncer",
    entry="pgbouncer",
    seconds=20,
    needs=(DEBIAN,),
    rootfs=Rootfs(
        base=DEBIAN,
        prepare=(
            "groupadd --system --gid 998 pgbouncer",
            "useradd --system --uid 998 --gid 998 --home-dir /var/lib/pgbouncer --shell /usr/sbin/nologin pgbouncer",
        ),
        packages=("pgbouncer",),
        expect=(("pgbouncer", "{version}"),),
        run=("ln -sf /usr/sbin/pgbouncer /usr/bin/pgbouncer",),
    ),
    images=(Image("pgbouncer", base="pgbouncer", user="998:998", cmd=("pgbouncer",)),),
)

RECIPES = (OPERATOR, POSTGRESQL, PGBOUNCER)
