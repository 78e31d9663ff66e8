# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Times our batch modules against loops over the incumbents' modules, on real servers: `python -m tests.bench`."""
