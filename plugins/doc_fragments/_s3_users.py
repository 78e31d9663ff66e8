# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  backend:
    description:
      - Which service it is, because users are no part of S3 itself.
      - V(auto) asks the service with one request without credentials. The module fails when the answer tells neither,
        for instance behind a proxy that changes it; then say which.
      - On Ceph the user of the access key needs the capabilities C(users=*), C(user-policy=*) and, to list all users,
        C(metadata=read). The gateway must serve the APIs C(admin) and C(iam), as it does by default.
    type: str
    choices: [auto, minio, ceph]
    default: auto
"""
