"""What the builder writes: package control, wrapper modules, layers, lists, progress."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.builder import debian, debs, golang, records
from lab.builder.charts import cert_manager, documents
from lab.builder.images import config
from lab.builder.layers import Writer
from lab.builder.model import Deb, GoModule, Image, Rootfs, Take
from lab.builder.paths import Paths
from lab.builder.process import BuildError, Log, run
from lab.builder.progress import Progress, spell
from lab.builder.takes import Parts

DEB = Deb("app", "kubernetes", (Take("go:app", "/usr/bin/app"),), "An app", ("libc6", "mount"), conflicts=("old",))


def test_control_of_a_package() -> None:
    text = debs.control(DEB, "1.2-1", 4096)
    assert "Package: app\nVersion: 1.2-1\nArchitecture: amd64\n" in text
    assert "Depends: libc6, mount\n" in text
    assert "Conflicts: old\nReplaces: old\nProvides: old\n" in text
    assert "Installed-Size: 4\n" in text


def test_control_has_no_empty_fields() -> None:
    assert "Depends" not in debs.control(Deb("app", "x", (), "An app"), "1-1", 0)


def test_version_from_a_distribution_package() -> None:
    deb = Deb("cni", "x", (), "s", version="{deb:plugins}")
    assert debs.version_of(deb, Parts({"deb:plugins": "1.9.1"}, Path(), (), {})) == "1.9.1-1"
    assert debian.upstream("1:1.9.1+ds1-1") == "1.9.1"


UPSTREAM: dict[str, Any] = {
    "Go": "1.25.0",
    "Godebug": [{"Key": "default", "Value": "go1.25"}],
    "Require": [{"Path": "k8s.io/api", "Version": "v0.0.0"}, {"Path": "a.org/b", "Version": "v1.0.0"}],
    "Replace": [
        {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/api"}},
        {"Old": {"Path": "x.org/never"}, "New": {"Path": "./forbidden"}},
        {"Old": {"Path": "a.org/b", "Version": "v1.0.0"}, "New": {"Path": "c.org/b", "Version": "v1.0.1"}},
    ],
}


def test_wrapper_module() -> None:
    module = GoModule("k8s.io/kubernetes", staging="v0.{minor_number}.4", replace=(("d.org/e", "d.org/e v2.0.0"),))
    lines = golang.compose(UPSTREAM, module, "v1.35.4", "kubernetes", {"minor_number": "35"}).splitlines()
    assert "require k8s.io/kubernetes v1.35.4" in lines
    assert "replace k8s.io/api => k8s.io/api v0.35.4" in lines
    assert "replace a.org/b v1.0.0 => c.org/b v1.0.1" in lines
    assert "replace d.org/e => d.org/e v2.0.0" in lines
    assert "godebug default=go1.25" in lines
    assert not any("x.org/never" in line for line in lines)


def test_layers_are_reproducible(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "f").write_text("x")
    made = []
    for name in ("1", "2"):
        writer = Writer(tmp_path / name)
        writer.tree("/opt/app", tmp_path / "src", 0o644, ())
        writer.link("/usr/bin/app", "/opt/app/f")
        made.append(writer.close())
    assert made[0].digest == made[1].digest
    with tarfile.open(made[0].path) as tar:
        assert tar.getnames() == ["opt", "opt/app", "opt/app/f", "usr", "usr/bin", "usr/bin/app"]


def test_configuration_of_an_image() -> None:
    image = Image("app", entrypoint=("/app",), env=(("HOME", "/{version}"),), user="1:1")
    inner = config(image, {"version": "9"}, [])["config"]
    assert inner["Entrypoint"] == ["/app"]
    assert inner["User"] == "1:1"
    assert "HOME=/9" in inner["Env"]
    assert "Cmd" not in inner


def test_manifests_are_joined_as_documents(tmp_path: Path) -> None:
    for name, text in (("a", "---\nkind: A\n"), ("b", "kind: B\n\n")):
        (tmp_path / name).write_text(text)
    assert list(yaml.safe_load_all(documents([tmp_path / "a", tmp_path / "b"]))) == [{"kind": "A"}, {"kind": "B"}]


def test_cert_manager_chart_gets_version_and_crds(tmp_path: Path) -> None:
    chart, module = tmp_path / "chart", tmp_path / "module"
    (chart / "templates").mkdir(parents=True)
    (module / "deploy" / "crds").mkdir(parents=True)
    (module / "deploy" / "crds" / "crd-a.yaml").write_text("kind: A\n")
    (chart / "Chart.template.yaml").write_text("name: cert-manager\nversion: v0\nannotations: {}\n")
    (chart / "values.yaml").write_text("installCRDs: false\n")
    cert_manager(chart, module, "1.11.5")
    assert yaml.safe_load((chart / "Chart.yaml").read_text())["version"] == "v1.11.5"
    assert yaml.safe_load((chart / "values.yaml").read_text())["crds"] == {"enabled": False, "keep": True}
    assert "kind: A" in (chart / "templates" / "crds.yaml").read_text()


def test_steps_in_a_root_file_system() -> None:
    text = debian.steps(
        Rootfs(packages=("pg-{major}",), expect=(("pg-{major}", "{base}"),)), {"major": "17", "base": "17.1"}
    )
    assert "install pg-17" in text
    assert "17.1[-+~]*" in text
    assert text.splitlines()[-1] == "rm -f /usr/sbin/policy-rc.d"


def test_lists_of_the_mirror(tmp_path: Path) -> None:
    record = {"name": "app", "artifacts": {"example.org/app:1": "sha256:00"}}
    records.publish(Paths(tmp_path), [record])
    listed = yaml.safe_load((tmp_path / "mirror" / "checksums.yml").read_text())
    assert listed == {"catalog_checksums": {"example.org/app:1": "sha256:00"}}
    assert (tmp_path / "mirror" / "contents.json").exists()


def test_progress_counts_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(2, {"a": 600, "b": 60})
    progress.start("a", "building")
    progress.done("a", "done in 10m00s")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[0/2] a building, elapsed 0s, about 11m left"
    assert lines[1] == "[1/2] a done in 10m00s, elapsed 0s, about 1m left"
    assert spell(190) == "3m10s"


def test_a_failed_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="ended with 3"):
        run(["sh", "-c", "exit 3"], Log(tmp_path / "log"), limit=10)
    assert "-> 3" in (tmp_path / "log").read_text()


def test_a_program_has_a_time_limit(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="did not end within 1 seconds"):
        run(["sleep", "5"], Log(tmp_path / "log"), limit=1)
