# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Ceph's object gateway over a cluster of one monitor and one OSD that keeps its objects in memory."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import typing as t
import uuid
from dataclasses import dataclass

from lab import certificates

from .object_storage import ObjectStorage
from .process import INSIDE, Program, Root, answers_well, empty_folder, free_ports, write_secret

if t.TYPE_CHECKING:
    import pathlib

CAPABILITIES = "users=*;buckets=*;metadata=*;user-policy=*"
CONFIG = """\
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{monitor}]
public_addr = 127.0.0.1
keyring = {inside}/keyring
mon_data = {inside}/mon
osd_data = {inside}/osd
rgw_data = {inside}/rgw
run_dir = {inside}/run
admin_socket =
log_file = {inside}/$name.log
osd_class_dir = /usr/lib/x86_64-linux-gnu/rados-classes
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data_avail_crit = 0
paxos_propose_interval = 0.05
debug_rgw = 2
rgw_frontends = beast ssl_endpoint=127.0.0.1:{port} ssl_certificate={inside}/tls/server.pem \
ssl_private_key={inside}/tls/server.key
rgw_crypt_s3_kms_backend = testing
rgw_run_sync_thread = false
"""
# Arguments: access key and secret key of the administrator, its capabilities.
START = """set -eu
cd {inside}
mkdir mon osd rgw run
export CEPH_CONF={inside}/ceph.conf
ceph-authtool --create-keyring keyring --name mon. --gen-key --cap mon 'allow *'
for name in client.admin osd.0 client.rgw; do
    ceph-authtool keyring --name $name --gen-key --cap mon 'allow *' --cap osd 'allow *'
done
ceph-mon --id a --mkfs --fsid {fsid} --keyring keyring --public-addrv [v2:127.0.0.1:{monitor}]
ceph-mon --id a --foreground --public-addrv [v2:127.0.0.1:{monitor}] &
ceph-osd --id 0 --mkfs --osd-uuid {osd}
ceph osd new {osd}
ceph-osd --id 0 --foreground &
until ceph osd stat | grep -q '1 up'; do sleep 0.1; done
radosgw-admin user create --uid admin --display-name admin --access-key "$1" --secret-key "$2" --caps "$3"
exec radosgw --name client.rgw --foreground
"""
# What the gateway says of each operation that it carries out.
EXECUTED = re.compile(r" (\w+:\w+) executing$", re.MULTILINE)


CEPH = Root("ceph", 64045)


@dataclass(frozen=True)
class CephGateway(ObjectStorage):
    """A gateway that writes down what it does."""

    def calls(self) -> list[str]:
        """Names of the operations that it carried out: put_bucket, get_bucket_policy, ..."""
        return EXECUTED.findall(self.log.read_text(errors="replace"))


@contextlib.contextmanager
def ceph(folder: pathlib.Path, port: int | None = None) -> t.Iterator[CephGateway]:
    """Ceph's gateway with TLS. Nothing of it outlives the block."""
    folder = empty_folder(folder, CEPH.uid)
    gateway, monitor = free_ports(2)
    port = port or gateway
    certificates.ensure(folder / "ca", ["localhost"], ["127.0.0.1"])
    tls = empty_folder(folder / "tls", CEPH.uid)
    for name in ("server.pem", "server.key"):
        shutil.copy(folder / "ca" / name, tls / name)
        os.chown(tls / name, CEPH.uid, CEPH.uid)
    found = CephGateway(
        endpoint_url=f"https://127.0.0.1:{port}",
        access_key="platform-root",
        secret_key=secrets.token_urlsafe(24),
        ca_path=str(folder / "ca" / "ca.pem"),
        log=folder / "client.rgw.log",
    )
    words = {"inside": INSIDE, "fsid": uuid.uuid4(), "osd": uuid.uuid4(), "monitor": monitor, "port": port}
    write_secret(folder / "ceph.conf", CONFIG.format(**words), CEPH.uid)
    argv = ("sh", "-c", START.format(**words), "sh", found.access_key, found.secret_key, CAPABILITIES)
    program = Program("ceph", folder, argv, root=CEPH)
    with program.running(lambda: answers_well(found.endpoint_url, found.ca_path)):
        yield found
