"""Kubernetes itself, its store, its DNS and the container runtime."""

from __future__ import annotations

from lab.builder.model import NONROOT, Deb, GoModule, Image, Recipe, Take

VERSION = "k8s.io/component-base/version"
FLAGS = " ".join(
    f"-X {VERSION}.{name}={value}"
    for name, value in (
        ("gitVersion", "v{version}"),
        ("gitMajor", "{major}"),
        ("gitMinor", "{minor_number}"),
        ("gitTreeState", "clean"),
    )
)
PROGRAMS = ("kubeadm", "kube-apiserver", "kubelet", "kubectl", "kube-controller-manager", "kube-scheduler")


def control_plane(key: str, program: str) -> Image:
    """Image of one control plane program."""
    target = f"/usr/local/bin/{program}"
    return Image(key, takes=(Take(f"go:{program}", target),), entrypoint=(target,), certificates=True)


def program(name: str, summary: str, *depends: str) -> Deb:
    """Package of one program."""
    takes = (Take(f"go:{name}", f"/usr/bin/{name}"),)
    return Deb(name, "kubernetes", takes, summary, depends)


KUBELET = Deb(
    "kubelet",
    "kubernetes",
    (
        Take("go:kubelet", "/usr/bin/kubelet"),
        Take("asset:kubelet.service", "/usr/lib/systemd/system/kubelet.service", 0o644),
        Take("asset:kubelet.default", "/etc/default/kubelet", 0o644),
    ),
    "Node agent of Kubernetes",
    ("iptables (>= 1.4.21)", "kubernetes-cni (>= 1.2.0)", "mount", "util-linux"),
    conffiles=("/etc/default/kubelet",),
)

KUBEADM = Deb(
    "kubeadm",
    "kubernetes",
    (
        Take("go:kubeadm", "/usr/bin/kubeadm"),
        Take("asset:10-kubeadm.conf", "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", 0o644),
    ),
    "Sets up Kubernetes clusters",
)

KUBERNETES = Recipe(
    name="kubernetes",
    entry="kubernetes",
    seconds=340,
    modules=(
        GoModule(
            "k8s.io/kubernetes",
            packages=tuple((f"cmd/{name}", name) for name in PROGRAMS),
            ldflags=FLAGS,
            staging="v0.{minor_number}.{patch}",
        ),
    ),
    images=(
        control_plane("apiserver", "kube-apiserver"),
        control_plane("controller_manager", "kube-controller-manager"),
        control_plane("scheduler", "kube-scheduler"),
    ),
    debs=(KUBEADM, KUBELET, program("kubectl", "Command line of Kubernetes")),
    tools=(Take("go:kubectl", "kubectl"),),
)

CNI = Recipe(
    name="cni",
    entry="",
    seconds=10,
    distribution=(("forky", "containernetworking-plugins"),),
    debs=(
        Deb(
            "kubernetes-cni",
            "kubernetes",
            (Take("deb:containernetworking-plugins/usr/lib/cni", "/opt/cni/bin"),),
            "Plugins for container networks",
            ("libc6 (>= 2.34)",),
            version="{deb:containernetworking-plugins}",
        ),
    ),
)

CONTAINERD_FLAGS = (
    "-X github.com/containerd/containerd/v2/version.Version=v{version}"
    " -X github.com/containerd/containerd/v2/version.Package=github.com/containerd/containerd/v2"
)

CONTAINERD = Recipe(
    name="containerd",
    entry="containerd",
    seconds=110,
    modules=(
        GoModule(
            "github.com/containerd/containerd/v2",
            packages=tuple((f"cmd/{name}", name) for name in ("containerd", "containerd-shim-runc-v2", "ctr")),
            ldflags=CONTAINERD_FLAGS,
            tags="urfave_cli_no_docs,osusergo,netgo,static_build",
        ),
    ),
    distribution=(("forky", "runc"),),
    debs=(
        Deb(
            "containerd.io",
            "docker",
            (
                *(Take(f"go:{name}", f"/usr/bin/{name}") for name in ("containerd", "containerd-shim-runc-v2", "ctr")),
                Take("deb:runc/usr/sbin/runc", "/usr/bin/runc"),
                Take("asset:containerd.service", "/usr/lib/systemd/system/containerd.service", 0o644),
                Take("asset:containerd.toml", "/etc/containerd/config.toml", 0o644),
            ),
            "Container runtime with runc",
            ("libc6 (>= 2.38)", "libseccomp2 (>= 2.5.0)"),
            conffiles=("/etc/containerd/config.toml",),
            conflicts=("containerd", "runc"),
        ),
    ),
)

ETCD = Recipe(
    name="etcd",
    entry="etcd",
    seconds=60,
    modules=tuple(
        GoModule(f"go.etcd.io/etcd/{part}/v3", "v{base}", packages=((".", binary),), staging="v{base}")
        for part, binary in (("server", "etcd"), ("etcdctl", "etcdctl"), ("etcdutl", "etcdutl"))
    ),
    images=(
        Image(
            "etcd",
            takes=tuple(Take(f"go:{name}", f"/usr/local/bin/{name}") for name in ("etcd", "etcdctl", "etcdutl")),
            entrypoint=("/usr/local/bin/etcd",),
            certificates=True,
        ),
    ),
)

COREDNS = Recipe(
    name="coredns",
    entry="coredns",
    seconds=166,
    modules=(
        GoModule(
            "github.com/coredns/coredns",
            packages=((".", "coredns"),),
            ldflags="-X github.com/coredns/coredns/coremain.GitCommit=lab",
        ),
    ),
    images=(
        Image(
            "coredns",
            takes=(Take("go:coredns", "/coredns"),),
            entrypoint=("/coredns",),
            user=NONROOT,
            certificates=True,
        ),
    ),
)

PAUSE = Recipe(
    name="pause",
    entry="pause",
    seconds=5,
    modules=(GoModule("lab.invalid/pause", packages=((".", "pause"),), local="pause"),),
    images=(Image("pause", takes=(Take("go:pause", "/pause"),), entrypoint=("/pause",), user="65535:65535"),),
)

HELM = Recipe(
    name="helm",
    entry="helm",
    seconds=115,
    modules=(
        GoModule(
            "helm.sh/helm/v3",
            packages=(("cmd/helm", "helm"),),
            ldflags=(
                "-X helm.sh/helm/v3/internal/version.version=v{version}"
                " -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1"
                " -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37"
            ),
        ),
    ),
    tools=(Take("go:helm", "helm"),),
)

RECIPES = (KUBERNETES, CNI, CONTAINERD, PAUSE, ETCD, COREDNS, HELM)
