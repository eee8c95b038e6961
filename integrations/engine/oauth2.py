"""The authorisation-code dance, by requests-oauthlib, going out through the same httpx client as all calls.

What requests-oauthlib 2.0 needs to be told, each seen in its source or by trying:

- It sends HTTP Basic unless `include_client_id` is set; `refresh_token()` adds neither id nor secret.
- A `scope` on the session makes a changed scope raise a bare Warning, so no session here has one.
- It reads an outage's page as a bad grant; the hook below raises before it reads anything.
- It has no timeout of its own, follows redirects, and logs bodies at DEBUG.
- oauthlib refuses http. It is told https everywhere; `HttpxAdapter(plain=True)` puts http back on the way
  out, for a sandbox served on loopback. So no process-wide environment variable is needed.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx
import requests
from oauthlib.oauth2 import OAuth2Error
from requests.adapters import BaseAdapter
from requests_oauthlib import OAuth2Session

from integrations.engine.errors import ContractBroken, OutcomeUnknown, Throttled, VendorTrouble, WrongUse
from integrations.engine.network import bounded
from integrations.engine.spec import Answer, Grant, OAuth2
from integrations.engine.transport import network_error

DEADLINE_S = 20.0
THROTTLED_WAIT_S = 10.0

for _name in ("oauthlib", "requests_oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)


class HttpxAdapter(BaseAdapter):
    """Lets a requests session speak through an httpx client. `plain`: its https is http outside."""

    def __init__(self, client: httpx.Client, *, plain: bool = False, deadline_s: float = DEADLINE_S) -> None:
        super().__init__()
        self._client = client
        self._plain = plain
        self._deadline_s = deadline_s

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url = str(request.url)
        if self._plain:
            url = urlunsplit(urlsplit(url)._replace(scheme="http"))
        try:
            with bounded(self._deadline_s):
                answer = self._client.request(
                    str(request.method),
                    url,
                    headers=dict(request.headers),
                    content=request.body,
                    timeout=self._deadline_s,
                    follow_redirects=False,
                )
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise network_error(urlsplit(url).hostname or "The app", error, writes=True) from None
        return _as_requests(request, answer)

    def close(self) -> None:
        """The client is not ours to close."""


def _as_requests(request: requests.PreparedRequest, answer: httpx.Response) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status_code
    response.headers.update(answer.headers)
    response._content = answer.content
    response.encoding = "utf-8"
    response.url = str(request.url)
    response.request = request
    return response


def authorize_url(
    oauth2: OAuth2,
    client_id: str,
    redirect_uri: str,
    scopes: Sequence[str],
    state: str,
    base: str = "",
    extra: Mapping[str, str] | None = None,
    choice: str = "",
) -> str:
    """The page where the operator consents, or the other one that the connection's `choice` names.

    `base` (scheme and host) puts it elsewhere, for a sandbox; another page keeps its host's name in the path.
    """
    url = oauth2.other_urls.get(choice, oauth2.authorize_url)
    if base:
        parts = urlsplit(url)
        elsewhere = f"/{parts.hostname}" if choice in oauth2.other_urls else ""
        url = base.rstrip("/") + elsewhere + parts.path
    scheme = urlsplit(url).scheme
    session = OAuth2Session(client_id, redirect_uri=redirect_uri, scope=list(scopes))
    secure = urlunsplit(urlsplit(url)._replace(scheme="https"))
    address, _ = session.authorization_url(
        secure, state=state, **{**dict(oauth2.extra_authorize), **(extra or {})}
    )
    return urlunsplit(urlsplit(address)._replace(scheme=scheme))


def read_callback(url_or_query: str, expected_state: str) -> str:
    """The authorisation code of a callback. Raises WrongUse with what to do instead."""
    query = urlsplit(url_or_query).query if "://" in url_or_query else url_or_query.lstrip("?")
    values = {key: found[0] for key, found in parse_qs(query, keep_blank_values=True).items()}
    state = values.get("state", "")
    if not expected_state or not hmac.compare_digest(state.encode(), expected_state.encode()):
        raise WrongUse(
            "This sign-in was not started here, or it was started too long ago; begin again from the hub."
        )
    if values.get("error") == "access_denied":
        raise WrongUse("Consent was refused on the app's page; begin again and allow access there.")
    if "error" in values:
        raise WrongUse(
            "The app's page ended the sign-in with an error; begin again, and check the app's setup."
        )
    if not values.get("code"):
        raise WrongUse("The app sent no authorisation code back; begin again from the hub.")
    return values["code"]


def exchange(
    client: httpx.Client,
    oauth2: OAuth2,
    *,
    base: str,
    client_id: str,
    client_secret: str,
    code: str,
    redirect_uri: str,
    extra: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Grant:
    """An authorisation code for tokens; `extra` goes along. Raises what `read_grant` and `read_refusal` say.

    Beside them Throttled, VendorTrouble or Unreachable (try again), and OutcomeUnknown: the line broke after
    sending, and the code may be used up.
    """

    along: dict[str, Any] = {**dict(oauth2.extra_token), **(extra or {})}

    def fetch(session: OAuth2Session, token_url: str) -> Mapping[str, Any]:
        return session.fetch_token(
            token_url,
            code=code,
            client_secret=client_secret,
            include_client_id=True,
            timeout=deadline_s,
            **along,
        )

    session = OAuth2Session(client_id, redirect_uri=redirect_uri)
    return _granted(client, oauth2, session, base, deadline_s, fetch)


def refresh(
    client: httpx.Client,
    oauth2: OAuth2,
    *,
    base: str,
    client_id: str,
    client_secret: str,
    refresh_token: str,
    extra: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Grant:
    """A new pair for a refresh token, with the errors of `exchange`. The caller holds the lease."""

    along: dict[str, Any] = {**dict(oauth2.extra_token), **(extra or {})}

    def fetch(session: OAuth2Session, token_url: str) -> Mapping[str, Any]:
        return session.refresh_token(
            token_url,
            refresh_token=refresh_token,
            client_id=client_id,
            client_secret=client_secret,
            timeout=deadline_s,
            **along,
        )

    return _granted(client, oauth2, OAuth2Session(client_id), base, deadline_s, fetch)


def _granted(
    client: httpx.Client,
    oauth2: OAuth2,
    session: OAuth2Session,
    base: str,
    deadline_s: float,
    fetch: Callable[[OAuth2Session, str], Mapping[str, Any]],
) -> Grant:
    parts = urlsplit(base.rstrip("/") + oauth2.token_path)
    session.trust_env = False  # no .netrc and no proxy behind our back
    session.max_redirects = 0
    session.mount("https://", HttpxAdapter(client, plain=parts.scheme == "http", deadline_s=deadline_s))
    for hook in ("access_token_response", "refresh_token_response"):
        session.register_compliance_hook(hook, lambda response: _checked(response, oauth2))
    try:
        token = fetch(session, urlunsplit(parts._replace(scheme="https")))
    except requests.TooManyRedirects:
        raise ContractBroken(
            f"{parts.hostname} answered the sign-in with a redirect, which is not followed."
        ) from None
    except OAuth2Error:
        raise VendorTrouble(
            f"{parts.hostname} answered the sign-in with something that is not a token."
        ) from None
    return oauth2.read_grant(dict(token))


def _checked(response: requests.Response, oauth2: OAuth2) -> requests.Response:
    """Stop at an outage or a refusal before anything reads the answer as a token."""
    host = urlsplit(response.url).hostname
    if response.status_code == 429:
        raise Throttled(f"{host} says there were too many sign-ins.", after_s=THROTTLED_WAIT_S)
    if response.status_code >= 500:
        raise VendorTrouble(f"{host} failed during the sign-in (status {response.status_code}).")
    body = _body(response)
    if response.status_code >= 400 or (isinstance(body, dict) and "error" in body):
        headers = {name.lower(): value for name, value in response.headers.items()}
        raise oauth2.read_refusal(Answer(status=response.status_code, headers=headers, body=body))
    if not isinstance(body, dict):
        raise OutcomeUnknown(f"{host} answered the sign-in with something that is not a token.")
    return response


def _body(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text
