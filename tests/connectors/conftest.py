"""What all connectors' tests share."""

from __future__ import annotations

import pytest

# Their asserts are read by pytest too, so that a case that fails says what it found.
pytest.register_assert_rewrite("tests.connectors.ghl_cases")
