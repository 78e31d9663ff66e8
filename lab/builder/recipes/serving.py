"""KServe: its controller, and one root file system for the storage initializer and the model server."""

from __future__ import annotations

from lab.builder.model import NONROOT, Chart, GoModule, Image, Recipe, Rootfs, Take
from lab.builder.recipes.base import DEBIAN

# Upstream's image has Python 3.11, and its packages name no newer one than 3.12.
PIP = "/opt/kserve/bin/pip install --no-input --only-binary :all: --ignore-requires-python"
PATH = ("PATH", "/opt/kserve/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
# As upstream's servers ask for them: pickles are read by the versions that wrote them.
FRAMEWORKS = "'scikit-learn~=1.5.1' 'xgboost-cpu~=2.1.1' 'lightgbm[scikit-learn]~=4.6.0' 'pandas<3'"
SERVERS = ("predictiveserver", "sklearnserver", "xgbserver", "lgbserver")
ENTRYPOINT = "storage-initializer/scripts/initializer-entrypoint"

KSERVE = Recipe(
    name="kserve",
    entry="kserve",
    seconds=530,
    needs=(DEBIAN,),
    modules=(GoModule("github.com/kserve/kserve", packages=(("cmd/manager", "manager"),)),),
    rootfs=Rootfs(
        base=DEBIAN,
        packages=("python3-minimal", "python3-venv", "libgomp1"),
        run=(
            "python3 -m venv /opt/kserve",
            f"{PIP} 'kserve=={{version}}' 'kserve-storage=={{version}}' {FRAMEWORKS}",
            "find /opt/kserve/lib/python3*/site-packages -type d -name tests -prune -exec rm -rf {} +",
            "rm -rf /opt/kserve/lib/python3*/site-packages/pip /opt/kserve/bin/pip*",
        ),
    ),
    images=(
        Image(
            "controller",
            takes=(Take("go:manager", "/manager"),),
            entrypoint=("/manager",),
            user=NONROOT,
            certificates=True,
        ),
        Image(
            "storage_initializer",
            base="kserve",
            takes=(Take(f"module:python/{ENTRYPOINT}", f"/{ENTRYPOINT}"),),
            entrypoint=(f"/{ENTRYPOINT}",),
            user="1000:1000",
            env=(PATH,),
        ),
        Image(
            "predictiveserver",
            base="kserve",
            takes=tuple(Take(f"module:python/{name}/{name}", f"/opt/kserve/servers/{name}", 0o644) for name in SERVERS),
            entrypoint=("python", "-m", "predictiveserver"),
            user="1001:1001",
            env=(PATH, ("PYTHONPATH", "/opt/kserve/servers")),
        ),
    ),
    charts=(Chart("crd", "charts/kserve-crd"), Chart("resources", "charts/kserve-resources")),
)

KUBE_RBAC_PROXY = Recipe(
    name="kube-rbac-proxy",
    entry="kube_rbac_proxy",
    seconds=280,
    modules=(GoModule("github.com/brancz/kube-rbac-proxy", packages=(("cmd/kube-rbac-proxy", "kube-rbac-proxy"),)),),
    images=(
        Image(
            "kube_rbac_proxy",
            takes=(Take("go:kube-rbac-proxy", "/usr/local/bin/kube-rbac-proxy"),),
            entrypoint=("/usr/local/bin/kube-rbac-proxy",),
            user=NONROOT,
            certificates=True,
        ),
    ),
)

RECIPES = (KSERVE, KUBE_RBAC_PROXY)
