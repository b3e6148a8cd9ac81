"""The certificates that this machine trusts, read once: that takes a moment that could be seen on the loop."""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """Return them; the first call blocks."""
    return ssl.create_default_context()
