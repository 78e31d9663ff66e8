"""Joins features to labels, as a data scientist does: training_set.py FOLDER SERVICE LABELS, both as JSON."""

import json
import pathlib
import sys

import feast
import pandas as pd

folder, service, path = sys.argv[1:]
labels = pd.DataFrame(json.loads(pathlib.Path(path).read_text()))
labels["event_timestamp"] = pd.to_datetime(labels["event_timestamp"], utc=True)
store = feast.FeatureStore(repo_path=folder)
found = store.get_historical_features(labels, store.get_feature_service(service)).to_df()
print(found.to_json(orient="records"))
