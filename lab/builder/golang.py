"""Go programs from the module proxy: a wrapper module with upstream's own requirements, then `go build`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.builder.fill import fill
from lab.builder.process import BuildError, Log, run

if TYPE_CHECKING:
    from lab.builder.model import GoModule

MODULES = Path(__file__).parent / "modules"
DOWNLOAD_LIMIT = 900
BUILD_LIMIT = 3600


def environment(cache: Path, module: GoModule) -> dict[str, str]:
    """Environment of every go command: caches of the lab, the client's own proxy settings."""
    values = dict(os.environ)
    values.update(
        GOCACHE=str(cache / "go" / "build"),
        GOMODCACHE=str(cache / "go" / "mod"),
        GOFLAGS="-buildvcs=false -mod=mod",
        GOWORK="off",
        CGO_ENABLED="1" if module.cgo else "0",
    )
    if module.nosumdb:
        values["GONOSUMDB"] = module.nosumdb
    values.update(module.env)
    return values


def forget(cache: Path) -> None:
    """Drop the compiler's own cache: what it made is kept as programs, and it is half of all that the lab keeps."""
    shutil.rmtree(cache / "go" / "build", ignore_errors=True)


def replaces(upstream: dict[str, Any], module: GoModule, values: dict[str, str]) -> dict[str, str]:
    """Replacements of the wrapper: upstream's usable ones, its folders by staging versions, ours on top."""
    required = {item["Path"] for item in upstream.get("Require") or []}
    found: dict[str, str] = {}
    for item in upstream.get("Replace") or []:
        old, new = item["Old"], item["New"]
        if "Version" in new:
            left = f"{old['Path']} {old['Version']}" if old.get("Version") else old["Path"]
            found[left] = f"{new['Path']} {new['Version']}"
        elif module.staging and old["Path"] in required:
            found[old["Path"]] = f"{old['Path']} {fill(module.staging, values)}"
    for old_path, target in module.replace:
        found[old_path] = target if " " in target else str(MODULES / target)
    return found


def compose(upstream: dict[str, Any], module: GoModule, version: str, name: str, values: dict[str, str]) -> str:
    """Text of the wrapper's go.mod."""
    lines = [f"module lab.invalid/{name}", "", f"go {upstream.get('Go', '1.21')}", ""]
    lines += [f"godebug {item['Key']}={item['Value']}" for item in upstream.get("Godebug") or []]
    lines.append(f"require {module.path} {version}")
    lines += [f"require {item['Path']} {item['Version']}" for item in upstream.get("Require") or []]
    lines += [f"exclude {item['Path']} {item['Version']}" for item in upstream.get("Exclude") or []]
    lines += [f"replace {old} => {new}" for old, new in replaces(upstream, module, values).items()]
    return "\n".join(lines) + "\n"


def download(cache: Path, module: GoModule, values: dict[str, str], log: Log) -> tuple[Path, str]:
    """Folder of the unpacked module and the exact version."""
    if module.local:
        return MODULES / module.local, ""
    wanted = fill(module.version, values)
    argv = ["go", "mod", "download", "-json", f"{module.path}@{wanted}"]
    found = json.loads(run(argv, log, env=environment(cache, module), cwd=Path("/"), limit=DOWNLOAD_LIMIT))
    stamp = fill(module.stamp, values)
    if stamp not in found["Version"]:
        raise BuildError(f"{module.path}@{wanted} is {found['Version']}, not the commit of {stamp}: change the pin")
    return Path(found["Dir"]), found["Version"]


def prepare(cache: Path, module: GoModule, values: dict[str, str], work: Path, log: Log) -> Path:
    """Write the wrapper module, download what the packages need; returns the module's own folder."""
    folder, version = download(cache, module, values, log)
    if not module.packages:
        return folder
    work.mkdir(parents=True, exist_ok=True)
    env = environment(cache, module)
    if module.local:
        shutil.copytree(folder, work, dirs_exist_ok=True)
        return folder
    upstream = json.loads(run(["go", "mod", "edit", "-json", str(folder / "go.mod")], log, env=env, limit=60))
    (work / "go.mod").write_text(compose(upstream, module, version, work.name, values))
    shutil.copyfile(folder / "go.sum", work / "go.sum")
    (work / "doc.go").write_text("package wrapper\n")
    tags = ["-tags", module.tags] if module.tags else []
    targets = [package(module, name) for name, _unused in module.packages]
    run(["go", "list", "-deps", *tags, *targets], log, env=env, cwd=work, limit=DOWNLOAD_LIMIT, quiet=True)
    return folder


def package(module: GoModule, name: str) -> str:
    """Import path of one command below the module."""
    if module.local:
        return "."
    return module.path if name == "." else f"{module.path}/{name}"


def build(cache: Path, module: GoModule, values: dict[str, str], *, work: Path, out: Path, log: Log) -> None:
    """Build all commands of one module to `out/<binary>`; what is there already stays."""
    env = environment(cache, module)
    flags = ["-trimpath", "-ldflags", f"-s -w {fill(module.ldflags, values)}".strip()]
    if module.tags:
        flags += ["-tags", module.tags]
    stage = out / ".stage"
    stage.mkdir(parents=True, exist_ok=True)
    for name, binary in module.packages:
        if (out / binary).exists():
            continue
        argv = ["go", "build", *flags, "-o", str(stage / binary), package(module, name)]
        run(argv, log, env=env, cwd=work, limit=BUILD_LIMIT)
        (stage / binary).replace(out / binary)
    shutil.rmtree(stage)
