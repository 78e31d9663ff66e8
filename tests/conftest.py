# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Property tests judge what code does, not how busy the machine is."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile(
    "everywhere", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None
)
hypothesis.settings.load_profile("everywhere")
