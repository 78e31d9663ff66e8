# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

from __future__ import annotations


class ModuleDocFragment:
    """What every module promises: the default for modules that keep something, C(reader) for those that only read."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Whether the module can say what it would do without doing it.
    support: full
  diff_mode:
    description: Whether the module can show the difference.
    support: full
  idempotent:
    description: Whether a second run with the same arguments changes nothing.
    support: full
"""

    READER = r"""
options: {}
attributes:
  check_mode:
    description: Whether the module can say what it would do without doing it. It only reads.
    support: full
  diff_mode:
    description: Whether the module can show the difference. It changes nothing.
    support: N/A
  idempotent:
    description: Whether a second run with the same arguments changes nothing.
    support: full
"""
