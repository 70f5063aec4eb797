"""Start reading here: the Faust application, put together.

An agent is a module of `streams.agents`; it offers `spec(catalog, settings)`, which names its
topics and makes its processors. A processor (`host.processor`) holds the state of one partition
and does no I/O. The host (`host.host`) feeds the processors, carries out the effects they return
and keeps their checkpoints (`host.partition`); `host.transport` makes Faust read on from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from faust.auth import Credentials, SASLCredentials, SSLCredentials

from config.catalog import Catalog
from config.errors import ConfigError
from config.kafka_security import python_client
from config.redis_client import async_redis
from config.settings import Settings
from models.messages.bounds import LARGEST_MESSAGE
from streams.agents import discover
from streams.health import Health
from streams.host.environment import real_environment
from streams.host.host import Host
from streams.host.processor import AgentSpec
from streams.host.transport import CheckpointApp

# A worker that dies is noticed after the session time-out; the others then stop, hand over what
# they hold and join again within the rebalance time-out.
SESSION_TIMEOUT_S = 6.0
HEARTBEAT_S = 1.0
REBALANCE_TIMEOUT_S = 5.0


def build(
    settings: Settings,
    catalog: Catalog,
    specs: Sequence[AgentSpec] | None = None,
    health: Health | None = None,
) -> CheckpointApp:
    """Put the application together; nothing is connected yet.

    Parameters
    ----------
    settings : Settings
    catalog : Catalog
    specs : sequence of AgentSpec, optional
        Agents to run; default all modules of `streams.agents`.
    health : Health, optional
        Where the process is described.

    Raises
    ------
    ConfigError
        A webhook without a secret to sign with.
    """
    if settings.webhook_url and not settings.webhook_secret:
        msg = "environment: GRIDPULSE_WEBHOOK_URL needs GRIDPULSE_WEBHOOK_SECRET to sign with"
        raise ConfigError(msg)
    app = _application(settings)
    app.namespace = settings.namespace
    redis = async_redis(settings, socket_timeout=10, socket_connect_timeout=2)
    agents = discover(catalog, settings) if specs is None else specs
    health = health or Health()
    environment = real_environment(settings, health, catalog)
    Host(settings, agents, health, redis, environment).attach(app)
    return app


def _application(settings: Settings) -> CheckpointApp:
    """Faust with every default set that would surprise here."""
    return CheckpointApp(
        settings.worker_group,
        broker_credentials=_credentials(settings),
        broker=[f"kafka://{broker.strip()}" for broker in settings.brokers.split(",")],
        autodiscover=False,
        store="memory://",
        processing_guarantee="at_least_once",
        # Without it Faust deals out each topic alone, and the topics of one agent part.
        table_standby_replicas=1,
        # Group.
        broker_session_timeout=SESSION_TIMEOUT_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_rebalance_timeout=REBALANCE_TIMEOUT_S,
        broker_request_timeout=30.0,
        broker_max_poll_interval=300.0,
        broker_commit_interval=5.0,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        # Memory: a frame may be 100 KB, so few are buffered. A larger record still comes, alone.
        broker_max_poll_records=500,
        consumer_max_fetch_size=2**20,
        stream_buffer_maxsize=256,
        # Producer: what the broker does not acknowledge for a minute ends the process.
        producer_acks=-1,
        producer_linger=0.005,
        producer_max_request_size=LARGEST_MESSAGE + 2**20,
        producer_request_timeout=60.0,
        # Topics are made by `gridpulse topics create`.
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        # Pages: ours are in `streams.health`.
        web_enabled=False,
        web_tables_enabled=False,
        web_router_enabled=False,
        web_stats_enabled=False,
        web_graph_enabled=False,
        web_metrics_enabled=False,
        web_bind="127.0.0.1",
        worker_redirect_stdouts=False,
    )


def _credentials(settings: Settings) -> Credentials | None:
    """How Faust is let in; None where the brokers ask for nothing."""
    options = python_client(settings)
    context = options.get("ssl_context")
    if "sasl_mechanism" in options:
        return SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None
