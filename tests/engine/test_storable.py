"""What goes into a database has only signs that every database stores."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.engine.storable import storable


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("a\x00b", "ab"),
        ("half \ud83d", "half ?"),
        ("whole \U0001f600 ümlaut", "whole \U0001f600 ümlaut"),
        ({"k\x00": ["\x00", {"n": "\udc00"}]}, {"k": ["", {"n": "?"}]}),
        ([1, 2.5, None, True], [1, 2.5, None, True]),
    ],
)
def test_what_no_database_stores_is_left_out(odd: Any, plain: Any) -> None:
    assert storable(odd) == plain
    assert storable(json.loads(json.dumps(odd))) == plain
