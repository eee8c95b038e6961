"""The operator's pages, at the root of the site, without a namespace: names read `connection-detail`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
