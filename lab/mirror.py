"""Serves the mirror's tree over TLS: nginx in front, Debian's docker-registry for images and charts."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING

from lab import certificates, process, settings
from lab.servers import Server

if TYPE_CHECKING:
    from pathlib import Path

NGINX = """\
# Written by the lab.
user root;
daemon off;
worker_processes 2;
pid {folder}/nginx-master.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log {folder}/nginx-access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  sendfile on;
  server_tokens off;
  server {{
    listen {port} ssl;
    server_name {name};
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    allow 127.0.0.0/8;
    allow {subnet};
    deny all;
    location /v2/ {{
      limit_except GET {{ deny all; }}
      proxy_pass http://127.0.0.1:{registry};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_buffering off;
      proxy_read_timeout 900s;
    }}
    location /files/ {{ alias {tree}/files/; }}
    location /deb/ {{ alias {tree}/deb/; autoindex on; }}
    location / {{ return 404; }}
  }}
}}
"""
REGISTRY = """\
# Written by the lab.
version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: {tree}/registry
  maintenance:
    uploadpurging:
      enabled: false
    readonly:
      enabled: true
http:
  addr: 127.0.0.1:{registry}
  relativeurls: true
"""
READY_LIMIT = 20
LOCAL = "127.0.0.1"  # the gateway's address is there only while a node runs


def render(template: str, folder: Path, tree: Path) -> str:
    """One of the configurations, filled in."""
    return template.format(
        folder=folder,
        tree=tree,
        name=settings.MIRROR,
        port=settings.MIRROR_PORT,
        registry=settings.REGISTRY_PORT,
        subnet=settings.SUBNET,
    )


def servers(folder: Path) -> tuple[Server, Server]:
    """The two programs of the mirror."""
    registry = Server("registry", ("docker-registry", "serve", f"{folder}/registry.yml"), folder)
    return registry, Server("nginx", ("nginx", "-p", str(folder), "-c", f"{folder}/nginx.conf"), folder)


def configure(places: settings.Places) -> bool:
    """Write both configurations; tells whether one changed."""
    wanted = {"nginx.conf": NGINX, "registry.yml": REGISTRY}
    changed = False
    for name, template in wanted.items():
        path, text = places.mirror / name, render(template, places.mirror, places.mirror_tree)
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(text)
            changed = True
    return changed


def ensure(places: settings.Places) -> str:
    """Serve the tree and prove that it answers under its name and our CA."""
    for part in ("registry", "files", "deb"):
        (places.mirror_tree / part).mkdir(parents=True, exist_ok=True)
    renewed = not certificates.valid(places.mirror)
    certificates.ensure(places.mirror, [settings.MIRROR], [settings.GATEWAY, LOCAL])
    changed = configure(places)
    if renewed or changed:
        stop(places.mirror)
    running = all(server.pid() for server in servers(places.mirror))
    for server in servers(places.mirror):
        server.start()
    wait(places)
    return "serving already" if running else f"serving https://{settings.MIRROR}:{settings.MIRROR_PORT}"


def answers(places: settings.Places) -> str:
    """Empty if the registry answers through nginx and under our CA, otherwise why not."""
    context = ssl.create_default_context(cafile=str(places.mirror / "ca.pem"))
    try:
        url = f"https://{LOCAL}:{settings.MIRROR_PORT}/v2/"
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            return "" if answer.status == HTTPStatus.OK else f"status {answer.status}"
    except (urllib.error.URLError, OSError) as error:
        return str(error)


def wait(places: settings.Places) -> None:
    """Wait until the mirror answers."""
    deadline = time.monotonic() + READY_LIMIT
    problem = answers(places)
    while problem and time.monotonic() < deadline:
        time.sleep(0.3)
        problem = answers(places)
    if problem:
        raise process.LabError(
            f"the mirror does not answer on {settings.MIRROR}: {problem} (logs: {places.mirror}/*.log)"
        )


def stop(folder: Path) -> list[str]:
    """End both programs."""
    return [server.name for server in reversed(servers(folder)) if server.stop()]
