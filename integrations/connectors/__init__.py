"""What is particular to one app: each module that defines CONNECTOR, here or in HUB_APPS_DIR."""

from integrations.engine.additions import additions

__path__.extend(additions("connectors"))
