"""One HTTP request of a channel, with errors that hold no secret."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.certificates import trusted
from ares_desktop.engine.runtime.patient_call import call_patiently

if TYPE_CHECKING:
    import httpx

_SOCKET_S = 30.0
_LONGEST_ANSWER = 65_536
_FORBIDDEN = (400, 401, 403, 404, 410)
"""Answers that stay the same however often it is tried."""


def _client() -> "httpx.AsyncClient":
    import httpx  # noqa: PLC0415 - only who sends waits for it

    # A redirect could carry a signed document or a token elsewhere, so none is followed.
    return httpx.AsyncClient(timeout=_SOCKET_S, follow_redirects=False, verify=trusted())


class HttpPoster:
    """Posts documents; the client is made at the first one."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, whom: str) -> bytes:
        """Post and return the answer's first bytes.

        Raises:
            DeliveryError: when the answer is not one of success; it names ``whom``, since ``url`` may be secret.
        """
        if self._client is None:
            # To load the library and the certificates would hold the loop up for a moment that can be seen.
            self._client = await call_patiently(_client, "http client")
        import httpx  # noqa: PLC0415 - loaded above, off the loop

        try:
            async with self._client.stream("POST", url, content=body, headers=dict(headers)) as response:
                answer = b""
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) >= _LONGEST_ANSWER:
                        break
        except httpx.InvalidURL as error:
            msg = f"the address of {whom} is none"
            raise DeliveryError(msg, lasting=True) from error
        except httpx.UnsupportedProtocol as error:
            msg = f"the address of {whom} must begin with https:// or http://"
            raise DeliveryError(msg, lasting=True) from error
        except (httpx.HTTPError, OSError) as error:
            msg = f"{whom} can't be reached: {type(error).__name__} {error}".strip()
            raise DeliveryError(msg.replace(url, "its address")) from error
        if not response.is_success:
            lasting = response.status_code in _FORBIDDEN
            msg = f"{whom} answered {response.status_code}: {answer[:200].decode(errors='replace')}"
            raise DeliveryError(msg.replace(url, "its address"), lasting=lasting)
        return answer

    async def close(self) -> None:
        """Close connections; idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
