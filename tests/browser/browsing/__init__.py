# SPDX-License-Identifier: Apache-2.0
"""What drives the browser, and looks at what it shows."""
