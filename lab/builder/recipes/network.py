"""Pod network, certificates, gateway."""

from __future__ import annotations

from lab.builder.model import Chart, File, GoModule, Image, Recipe, Rootfs, Take
from lab.builder.recipes.base import DEBIAN

CILIUM = "github.com/cilium/cilium"
CILIUM_FLAGS = f"-X {CILIUM}/pkg/version.ciliumVersion={{version}}"
# Versions beside which upstream's own do not answer at the proxy.
CILIUM_REPLACE = (
    ("github.com/osrg/gobgp/v4", "github.com/osrg/gobgp/v4 v4.7.0"),
    ("github.com/cilium/statedb", "github.com/cilium/statedb v0.8.3"),
    ("sigs.k8s.io/mcs-api/controllers", "mcs-api-controllers"),
)
AGENT = (
    ("daemon", "cilium-agent"),
    ("cilium-dbg", "cilium-dbg"),
    ("cilium-health", "cilium-health"),
    ("cilium-health/responder", "cilium-health-responder"),
    ("bugtool", "cilium-bugtool"),
    ("tools/mount", "cilium-mount"),
    ("tools/sysctlfix", "cilium-sysctlfix"),
)

CILIUM_RECIPE = Recipe(
    name="cilium",
    entry="cilium",
    seconds=500,
    needs=(DEBIAN,),
    modules=(
        GoModule(
            CILIUM,
            packages=(*AGENT, ("plugins/cilium-cni", "cilium-cni")),
            ldflags=CILIUM_FLAGS,
            tags="osusergo",
            replace=CILIUM_REPLACE,
        ),
        GoModule(
            CILIUM,
            packages=(("operator", "cilium-operator-generic"),),
            ldflags=CILIUM_FLAGS,
            tags="osusergo,ipam_provider_operator",
            replace=CILIUM_REPLACE,
        ),
    ),
    distribution=(("trixie", "clang-19"), ("forky", "containernetworking-plugins")),
    rootfs=Rootfs(
        base=DEBIAN,
        packages=("iproute2", "iptables", "ipset", "kmod", "util-linux", "libllvm19", "libclang-cpp19"),
    ),
    images=(
        Image(
            "agent",
            base="cilium",
            takes=(
                *(Take(f"go:{name}", f"/usr/bin/{name}") for _unused, name in AGENT),
                Take("go:cilium-cni", "/opt/cni/bin/cilium-cni"),
                Take("deb:containernetworking-plugins/usr/lib/cni/loopback", "/cni/loopback"),
                Take("deb:clang-19/usr/lib/llvm-19/bin/clang", "/usr/local/bin/clang"),
                Take("module:bpf", "/var/lib/cilium/bpf", 0o644, exclude=("tests", "complexity-tests")),
                Take("module:images/cilium/init-container.sh", "/init-container.sh"),
                Take("module:plugins/cilium-cni/install-plugin.sh", "/install-plugin.sh"),
                Take("module:plugins/cilium-cni/cni-uninstall.sh", "/cni-uninstall.sh"),
            ),
            cmd=("/usr/bin/cilium-dbg",),
            workdir="/home/cilium",
            env=(("HUBBLE_SERVER", "unix:///var/run/cilium/hubble.sock"),),
        ),
        Image(
            "operator",
            takes=(
                Take("go:cilium-operator-generic", "/usr/bin/cilium-operator-generic"),
                Take("empty:", "/home/gops", 0o777),
            ),
            cmd=("/usr/bin/cilium-operator-generic",),
            env=(("GOPS_CONFIG_DIR", "/home/gops"),),
            certificates=True,
        ),
    ),
    charts=(Chart("cilium", "install/kubernetes/cilium"),),
)

CERT_MANAGER = "github.com/cert-manager/cert-manager"
CERT_MANAGER_PROGRAMS = ("controller", "webhook", "cainjector")

CERT_MANAGER_RECIPE = Recipe(
    name="cert-manager",
    entry="cert_manager",
    seconds=165,
    modules=(
        GoModule(
            CERT_MANAGER,
            packages=tuple((f"cmd/{name}", name) for name in CERT_MANAGER_PROGRAMS),
            ldflags=f"-X {CERT_MANAGER}/pkg/util.AppVersion=v{{version}}",
        ),
    ),
    images=tuple(
        Image(
            name,
            takes=(Take(f"go:{name}", f"/app/cmd/{name}/{name}"),),
            entrypoint=(f"/app/cmd/{name}/{name}",),
            user="1000:1000",
            certificates=True,
        )
        for name in CERT_MANAGER_PROGRAMS
    ),
    charts=(Chart("cert_manager", "deploy/charts/cert-manager", adapt="cert_manager"),),
)

GATEWAY_KINDS = ("backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants")

GATEWAY_API = Recipe(
    name="gateway-api",
    entry="gateway_api",
    seconds=5,
    modules=(GoModule("sigs.k8s.io/gateway-api"),),
    files=(
        File(
            "crds",
            tuple(f"config/crd/standard/gateway.networking.k8s.io_{kind}.yaml" for kind in GATEWAY_KINDS),
        ),
    ),
)

TRAEFIK = "github.com/traefik/traefik/v3"

TRAEFIK_RECIPE = Recipe(
    name="traefik",
    entry="traefik",
    seconds=260,
    modules=(
        GoModule(
            TRAEFIK,
            packages=(("cmd/traefik", "traefik"),),
            ldflags=f"-X {TRAEFIK}/pkg/version.Version={{version}} -X {TRAEFIK}/pkg/version.Codename=lab",
        ),
    ),
    images=(
        Image(
            "traefik",
            takes=(Take("go:traefik", "/usr/local/bin/traefik"),),
            entrypoint=("/usr/local/bin/traefik",),
            certificates=True,
        ),
    ),
)

LOCAL_PATH = Recipe(
    name="local-path-provisioner",
    entry="local_path_provisioner",
    seconds=73,
    modules=(
        GoModule(
            "github.com/rancher/local-path-provisioner",
            packages=((".", "local-path-provisioner"),),
            ldflags="-X main.VERSION=v{version}",
        ),
    ),
    images=(
        Image(
            "provisioner",
            takes=(Take("go:local-path-provisioner", "/usr/bin/local-path-provisioner"),),
            cmd=("local-path-provisioner",),
            certificates=True,
        ),
    ),
)

RECIPES = (CILIUM_RECIPE, CERT_MANAGER_RECIPE, GATEWAY_API, TRAEFIK_RECIPE, LOCAL_PATH)
