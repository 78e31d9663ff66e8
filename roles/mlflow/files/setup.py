"""Bring MLflow's two databases to the schema of this version, and its users to the site's passwords.

Runs once for each version and configuration, as a Job, before the servers roll. It may run again at any time.
Reads MLFLOW_BACKEND_STORE_URI, MLFLOW_AUTH_CONFIG_PATH, MLFLOW_DEFAULT_ARTIFACT_ROOT and SETUP_USERS.
"""

from __future__ import annotations

import json
import os

from mlflow.server.auth.config import read_auth_config
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore as AuthStore
from mlflow.store.db import utils
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore


def upgrade_tracking(uri: str, artifact_root: str) -> None:
    engine = utils.create_sqlalchemy_engine_with_retry(uri)
    if utils._is_empty_database(engine):
        utils._initialize_tables(engine)
    else:
        utils._upgrade_db(engine)
    utils._verify_schema(engine)
    engine.dispose()
    # Makes experiment 0, which the servers would otherwise race for.
    root = TrackingStore(uri, artifact_root).get_experiment("0").artifact_location
    print(f"tracking database: schema {utils._get_latest_schema_revision()}, artifacts in {root}")


def keep_user(store: AuthStore, name: str, password: str, is_admin: bool) -> None:
    if not store.has_user(name):
        store.create_user(name, password, is_admin=is_admin)
        print(f"user {name}: created")
    elif not store.authenticate_user(name, password):
        store.update_user(name, password=password, is_admin=is_admin)
        print(f"user {name}: password changed")
    elif store.get_user(name).is_admin != is_admin:
        store.update_user(name, is_admin=is_admin)
        print(f"user {name}: administrator is now {is_admin}")
    else:
        print(f"user {name}: as wanted")


def main() -> None:
    upgrade_tracking(os.environ["MLFLOW_BACKEND_STORE_URI"], os.environ["MLFLOW_DEFAULT_ARTIFACT_ROOT"])
    store = AuthStore()
    store.init_db(read_auth_config().database_uri)
    for user in json.loads(os.environ["SETUP_USERS"]):
        keep_user(store, user["name"], user["password"], user["is_admin"])


if __name__ == "__main__":
    main()
