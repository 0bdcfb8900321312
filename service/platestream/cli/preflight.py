"""What a start would refuse, found without the network: at a start, and with ``--check-config``."""

from platestream.cli import http_interface, opening
from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings


def refuse_unusable_stream(settings: Settings) -> None:
    """Refuse settings of brokers and registry that no cluster could make good.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.bus.clients.preflight import check_kafka
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry.credentials import authorization, tls_context

    try:
        check_kafka(settings.kafka, settings.stream)
        if settings.registry.urls:
            authorization(settings.registry)
            tls_context(settings.registry)
    except ConfigurationError as error:
        raise CliError(f"wrong settings:\n  {error}", ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(f"wrong settings:\n  registry: {error}", ExitCode.USAGE) from error


def refuse_unusable_interface(settings: Settings) -> None:
    """Refuse settings of the HTTP interface with which it would not open.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.web.admission import RateLimiter
    from platestream.web.credentials import CredentialStore

    http_interface.require_callers_known(settings)
    with http_interface.wrong_settings_told():
        if settings.web.credentials is not None:
            CredentialStore(settings.web.credentials)
        RateLimiter(settings.web.rate_limit)


def refuse_unusable_pictures(settings: Settings) -> None:
    """Refuse a model bundle or a fetcher that cannot be used.

    The bundle is read and its checksums are compared. Its models are not loaded: whether an
    execution provider is there is a question to the machine that will run them.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.telemetry.metrics import Metrics
    from platestream.vision.models.bundle import ModelBundle

    with opening.wrong_bundle_told():
        ModelBundle.load(settings.vision.bundle)
    opening.open_fetcher(settings, Metrics()).close()
