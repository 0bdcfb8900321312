"""Who we are to a registry: the Authorization header and the TLS context, from files."""

import base64
import ssl
from pathlib import Path

from platestream.bus.registry.errors import RegistryError
from platestream.bus.registry.settings import RegistrySettings


def authorization(settings: RegistrySettings) -> str | None:
    """The Authorization header, or None. Reads its file at every call.

    Raises:
        RegistryError: The file cannot be read, or holds what cannot stand in a header.
    """
    if settings.token_file is not None:
        token = _read(settings.token_file)
        if not token or not token.isascii() or not token.isprintable():
            raise RegistryError(f"{settings.token_file} does not hold a token")
        return f"Bearer {token}"
    if settings.username is not None and settings.password_file is not None:
        pair = f"{settings.username}:{_read(settings.password_file)}"
        return "Basic " + base64.b64encode(pair.encode()).decode()
    return None


def tls_context(settings: RegistrySettings) -> ssl.SSLContext:
    """How the registry's certificate is checked, and which one we show.

    Raises:
        RegistryError: One of the files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise RegistryError(f"{settings.ca_file} does not hold CA certificates") from error
    if settings.certificate_file is not None:
        path = settings.key_password_file
        password = "" if path is None else _read(path)
        try:
            # A password is always given: without one OpenSSL would ask at the terminal.
            context.load_cert_chain(settings.certificate_file, settings.key_file, lambda: password)
        except OSError as error:
            raise RegistryError(
                f"{settings.certificate_file} and its key cannot be used"
            ) from error
    return context


def _read(path: Path) -> str:
    try:
        # Editors and `kubectl create secret --from-file` leave a line end that is no part of it.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"the secret's file {path} cannot be read") from error
