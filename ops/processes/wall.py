"""The wall's server with all that it stands on: readers of Redis, the way to Kafka, users."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.types import ASGIApp

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.access.gate import Gate
from dashboards.access.loopback import require_users
from dashboards.access.oidc import ProviderLogin
from dashboards.access.users import UserFile
from dashboards.api.context import ApiContext
from dashboards.app import LOCAL_HOSTS, create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from dashboards.common.warning_book import WarningReader
from dashboards.serving import listen, serve
from ops.access.access_log import AccessLog
from ops.access.provider import provider_of
from ops.analysis.case_pages import CasePages
from ops.analysis.moments import ArchivedMoments
from ops.analysis.overview import ArchiveOverview
from ops.analysis.pane_history import ArchivedPanes
from ops.document import to_pdf
from ops.events.close_out_desk import CloseOutDesk
from ops.kafka.clients import be_quiet
from ops.kafka.dead_letter_desk import DeadLetterDesk
from ops.warnings.asker import Asker
from ops.warnings.subscription_desk import SubscriptionDesk
from streams import logs


def run_wall(settings: Settings) -> None:
    """Serve pages and API until told to end.

    Raises
    ------
    ConfigError
        Other machines would reach it, and there are no users.
    GridpulseError
        It cannot listen there.
    """
    require_users(settings.bind_host, settings.users_file)
    logs.configure(settings.log_format)
    be_quiet()  # a command that finds no Kafka is told so
    catalog = load(settings)
    asker = Asker(settings, catalog.city.code)
    app = wall_app(settings, catalog, asker)
    asker.start()
    listening = listen(settings.bind_host, settings.wall_port)
    print(f"wall: http://{settings.bind_host}:{settings.wall_port}", file=sys.stderr)
    serve(app, listening)


def wall_app(settings: Settings, catalog: Catalog, asker: Asker) -> ASGIApp:
    """Make the application of pages and API."""
    today = datetime.now(ZoneInfo(catalog.city.timezone)).date()
    city = CityIndex(catalog, catalog.grid_at, today, catalog.registry.departments)
    hosts = {*LOCAL_HOSTS, settings.bind_host, *settings.wall_hosts.replace(",", " ").split()}
    source = SnapshotSource.at(settings.redis_url, settings.prefix)
    gate = _gate(settings, AccessLog(asker.publish, catalog.city.code))
    provider = provider_of(settings)
    context = ApiContext(
        warnings=WarningReader.at(settings.redis_url, settings.prefix),
        snapshots=source,
        city=city,
        gate=gate,
        provider=ProviderLogin(gate, provider, _now_ms) if provider else None,
        now_ms=_now_ms,
        ask=asker.ask,
        ask_handover=asker.ask_handover,
        cases=CasePages(settings, catalog),
        moments=ArchivedMoments(settings.archive_dir, city.zone),
        close_outs=CloseOutDesk(settings, catalog),
        history=ArchivedPanes(settings.archive_dir),
        overview=ArchiveOverview(settings, catalog),
        to_pdf=to_pdf,
        subscriptions=SubscriptionDesk(settings, catalog),
        publish=asker.publish,
        dead_letters=DeadLetterDesk(settings),
        cap_dir=Path(settings.cap_dir) if settings.cap_dir else None,
        is_behind_tls=settings.tls_proxy == "yes",
    )
    return create_app(source, city, sorted(hosts), context)


def _gate(settings: Settings, taken: AccessLog) -> Gate:
    users = UserFile(Path(settings.users_file)) if settings.users_file else None
    if users is not None:
        users.read()  # a file that is none is told at the start
    is_behind_proxy = settings.tls_proxy == "yes"
    return Gate(
        users,
        _now_ms,
        settings.demo_operator,
        logs.get("gridpulse.access").info,
        taken=taken,
        is_behind_proxy=is_behind_proxy,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
