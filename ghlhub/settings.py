"""All settings of GHL Hub, read from the environment; without any, a fresh clone runs on SQLite.

The README lists every variable. `ghlhub.env` reads them and complains in a sentence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static
from django.urls import reverse_lazy

from ghlhub import addresses, env, keys, navigation

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things lie ----------------------------------------------------------------------------

HUB_DATA_DIR = keys.private_directory(env.env_path("HUB_DATA_DIR", BASE_DIR / "var"))
HUB_SANDBOX_FILE = HUB_DATA_DIR / "sandbox.sqlite3"
DATABASES = {"default": addresses.env_database("DATABASE_URL", sqlite=HUB_DATA_DIR / "hub.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = addresses.env_redis("REDIS_URL")

# Rate limits need a cache that all processes share, so never the one in memory.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "hub_cache"}
}

# --- keys ----------------------------------------------------------------------------------------

SECRET_KEY = keys.checked_secret(
    env.env_str("HUB_SECRET_KEY") or keys.key_file(HUB_DATA_DIR / "secret.key", keys.django_secret)
)
# Newest first: it encrypts; the others still decrypt until `rotate_keys` has run.
HUB_ENCRYPTION_KEYS = keys.checked_encryption_keys(
    env.env_list("HUB_ENCRYPTION_KEYS")
    or [keys.key_file(HUB_DATA_DIR / "encryption.key", keys.encryption_key)]
)

# --- where the hub answers, and whom it calls ----------------------------------------------------

DEBUG = env.env_bool("HUB_DEBUG", False)
HUB_HOST = env.env_str("HUB_HOST", "127.0.0.1")
HUB_PORT = env.env_int("HUB_PORT", 8000, least=1, most=65535)
_base_url = addresses.env_url("HUB_BASE_URL", f"http://127.0.0.1:{HUB_PORT}")
HUB_BASE_URL = _base_url.geturl()
_https = _base_url.scheme == "https"
_loopback = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = sorted({*env.env_list("HUB_ALLOWED_HOSTS"), *_loopback, _base_url.netloc.rsplit(":", 1)[0]})
CSRF_TRUSTED_ORIGINS = [HUB_BASE_URL]
# User-typed addresses may not point into private networks, except at these.
HUB_ALLOWED_PRIVATE_HOSTS = env.env_list("HUB_ALLOWED_PRIVATE_HOSTS")
# slug -> {"client_id", "client_secret", "extra"}
HUB_OAUTH_APPS = env.oauth_apps(os.environ)
# Whether an app's page need not give the state back; only what the same session has just begun is taken.
HUB_CONSENT_WITHOUT_STATE = env.env_bool("HUB_CONSENT_WITHOUT_STATE", False)
# <SLUG>_<KEY> -> value, in place of what the app has published to check its webhooks with
HUB_HOOK_KEYS = env.hook_keys(os.environ)

# --- how the hub works ---------------------------------------------------------------------------

HUB_SANDBOX_ENABLED = env.env_bool("HUB_SANDBOX_ENABLED", True)
HUB_RETENTION_DAYS = env.env_int("HUB_RETENTION_DAYS", 90)  # 0: never pruned
# How long a worker holds what it has claimed without renewing it; calls are bounded by a third of it.
HUB_LEASE_S = env.env_int("HUB_LEASE_S", 60, least=6, most=3600)
# A step in trouble that may pass is tried so often, and for so long; then its run fails, with a sentence.
HUB_RETRY_TRIES = env.env_int("HUB_RETRY_TRIES", 10, least=1, most=100)
HUB_RETRY_HOURS = env.env_int("HUB_RETRY_HOURS", 72, least=1, most=24 * 90)
HUB_STALE_S = env.env_int("HUB_STALE_S", 8, least=3, most=600)  # a cluster silent this long is replaced
HUB_WORKERS = env.env_int("HUB_WORKERS", 2, least=1, most=64)

# Who asks at an address of a workflow waits so long; so often may be asked there; from pages of these sites.
HUB_ANSWER_S = env.env_int("HUB_ANSWER_S", 5, least=1, most=30)
HUB_ASKS_PER_MIN = env.env_int("HUB_ASKS_PER_MIN", 60, least=1)
HUB_ASK_ORIGINS = env.env_list("HUB_ASK_ORIGINS")

# The rows are the truth; a task is a wake-up. `retry` stays above five times `timeout`, because its clock
# starts when a task is fetched; little is fetched ahead; a failure is acknowledged, our own rows try again.
Q_CLUSTER: dict[str, Any] = {
    "name": "ghlhub",
    "label": "Cluster",
    "workers": HUB_WORKERS,
    "queue_limit": 2 * HUB_WORKERS,
    "bulk": 1,
    "poll": 0.2,
    "timeout": 300,
    "retry": 1600,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# --- Django --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_q",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "integrations.views.trouble.DatabaseTrouble",
]

ROOT_URLCONF = "ghlhub.urls"
WSGI_APPLICATION = "ghlhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ghlhub.context_processors.frame",
            ]
        },
    }
]

# WhiteNoise serves each app's files from where they lie: a fresh clone needs no collectstatic.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = env.env_time_zone("HUB_TIME_ZONE", "UTC")
DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"

# --- who the operator is -------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "ghlhub.adapters.ClosedAccounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
# Accounts are made by an administrator, who knows the addresses.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _base_url.scheme
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[GHL Hub] "
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "GHL Hub"
# Passkeys belong to a domain name; browsers offer none on a bare IP address.
_passkeys = _https or _base_url.hostname == "localhost"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if _passkeys else [])]
MFA_PASSKEY_LOGIN_ENABLED = _passkeys
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https

# A company's own identity provider (OpenID Connect) may open accounts that exist, by their e-mail address.
SOCIALACCOUNT_ADAPTER = "ghlhub.adapters.ClosedSocialAccounts"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
_oidc_url = env.env_str("HUB_OIDC_SERVER_URL")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": env.env_str("HUB_OIDC_NAME", "Single sign-on"),
                "client_id": env.env_str("HUB_OIDC_CLIENT_ID"),
                "secret": env.env_str("HUB_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": _oidc_url},
            }
        ]
        if _oidc_url
        else [],
    }
}

vars().update(addresses.env_smtp("HUB_SMTP_URL"))
HUB_SENDS_MAIL = bool(env.env_str("HUB_SMTP_URL"))
DEFAULT_FROM_EMAIL = env.env_str("HUB_MAIL_FROM", f"GHL Hub <hub@{_base_url.hostname}>")

# --- security ------------------------------------------------------------------------------------

HUB_PROXIES = env.env_int("HUB_PROXIES", 0, most=5)
ALLAUTH_TRUSTED_PROXY_COUNT = HUB_PROXIES
if HUB_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other names under the domain are not ours to decide about
    "security.W008",  # the proxy in front redirects to https
    "security.W021",  # nor is the browsers' preload list
]

# 'unsafe-eval' and inline styles: Unfold's Alpine compiles its expressions, and widths come as attributes. So
# foreign text is never marked safe. form-action: Chromium also checks where a posted form is redirected to.
HUB_AUTHORIZE_ORIGINS = env.env_list(
    "HUB_AUTHORIZE_ORIGINS",
    ("https://marketplace.gohighlevel.com", "https://marketplace.leadconnectorhq.com"),
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *HUB_AUTHORIZE_ORIGINS, *([_oidc_url] if _oidc_url else [])],
    }
}

# --- logs ----------------------------------------------------------------------------------------

_log_format = env.env_choice("HUB_LOG_FORMAT", "text", ("text", "json"))
_quiet = {"level": "WARNING"}  # these write bodies and secrets at DEBUG, and httpx every address at INFO
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "ghlhub.logs.TextFormatter"},
        "json": {"()": "ghlhub.logs.JsonFormatter"},
    },
    "filters": {"database_away": {"()": "ghlhub.logs.DatabaseAway"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": _log_format,
            "filters": ["database_away"],
        }
    },
    "root": {
        "handlers": ["stderr"],
        "level": env.env_choice("HUB_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {
        # Django's own handlers would print a second, unmasked line.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        **dict.fromkeys(("httpx", "httpcore", "oauthlib", "requests_oauthlib", "urllib3"), _quiet),
        "django-q": _quiet,  # two lines for every sign of life
    },
}

# --- one look ------------------------------------------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "GHL Hub",
    "SITE_HEADER": "GHL Hub",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("hub/favicon.svg")}
    ],
    "STYLES": [lambda request: static("hub/hub.css")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .013 236.6)",
            "100": "oklch(95.1% .026 236.8)",
            "200": "oklch(90.1% .058 230.9)",
            "300": "oklch(82.8% .111 230.3)",
            "400": "oklch(74.6% .16 232.7)",
            "500": "oklch(68.5% .169 237.3)",
            "600": "oklch(53.5% .145 243)",
            "700": "oklch(47.5% .127 243.5)",
            "800": "oklch(44.3% .11 240.8)",
            "900": "oklch(39.1% .09 240.9)",
            "950": "oklch(29.3% .066 243.2)",
        },
    },
    "ACCOUNT": {"navigation": navigation.account_links()},
    "LOGIN": {"redirect_after": reverse_lazy("dashboard")},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": navigation.is_superuser,
        "navigation": navigation.sidebar(),
    },
}
