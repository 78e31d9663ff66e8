"""What a recipe is made of: plain frozen values, no behaviour that touches the machine."""

from __future__ import annotations

from dataclasses import dataclass, field

NONROOT = "65532:65532"


@dataclass(frozen=True)
class GoModule:
    """One Go module and the commands built from it. `{version}` is filled in everywhere."""

    path: str
    version: str = "v{version}"
    packages: tuple[tuple[str, str], ...] = ()  # (package or path below the module, name of the binary)
    ldflags: str = ""
    tags: str = ""
    cgo: bool = False
    replace: tuple[tuple[str, str], ...] = ()  # (module, "module version" or a folder of lab/builder/modules)
    staging: str = ""  # version of modules that upstream replaces by folders beside its own
    nosumdb: str = ""  # modules that the checksum database does not know
    local: str = ""  # folder of lab/builder/modules that is the module itself
    stamp: str = ""  # commit time that a version such as `latest` must resolve to
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Take:
    """One file or folder: `source` names where from, `target` where to."""

    # go:<binary> | module:<path in the module> | asset:<file of lab/builder/assets> | deb:<package>/<path>
    # | link:<target> | empty: (a folder) | applets:<path of busybox>
    source: str
    target: str
    mode: int = 0o755
    exclude: tuple[str, ...] = ()  # names of folders below the source that are left out


@dataclass(frozen=True)
class Image:
    """One container image: optional base, files on top, configuration."""

    key: str  # short name in the catalog's `images`
    base: str = ""  # name of another recipe that makes a root file system
    takes: tuple[Take, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    env: tuple[tuple[str, str], ...] = ()
    certificates: bool = False  # add the CA certificates of the base distribution


@dataclass(frozen=True)
class Rootfs:
    """A Debian root file system: packages of one suite over a base, then commands in it."""

    suite: str = "trixie"
    base: str = ""
    prepare: tuple[str, ...] = ()  # commands before the packages
    packages: tuple[str, ...] = ()
    run: tuple[str, ...] = ()  # commands after them
    expect: tuple[tuple[str, str], ...] = ()  # package -> upstream version it must have


@dataclass(frozen=True)
class Deb:
    """One Debian package; its version is `<version>-1`."""

    name: str
    repository: str
    takes: tuple[Take, ...]
    summary: str
    depends: tuple[str, ...] = ()
    conffiles: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    version: str = "{version}"


@dataclass(frozen=True)
class Chart:
    """A chart of the catalog, assembled from a folder of the module."""

    key: str
    folder: str
    adapt: str = ""  # name of a function in charts.py that completes the copied folder


@dataclass(frozen=True)
class File:
    """A file of the catalog, made from files of the module (joined as YAML documents)."""

    key: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """All that one component puts in the mirror."""

    name: str
    entry: str  # entry of the catalog, "" for parts that only the builder needs
    seconds: int  # measured cold on two cores
    modules: tuple[GoModule, ...] = ()
    rootfs: Rootfs | None = None
    distribution: tuple[tuple[str, str], ...] = ()  # (suite, package) whose files are taken as deb:<package>
    images: tuple[Image, ...] = ()
    debs: tuple[Deb, ...] = ()
    charts: tuple[Chart, ...] = ()
    files: tuple[File, ...] = ()
    tools: tuple[Take, ...] = ()  # programs for the controller, in mirror/bin
    needs: tuple[str, ...] = ()
    profiles: frozenset[str] = field(default_factory=lambda: frozenset({"core", "full"}))
