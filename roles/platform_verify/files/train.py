"""Train a real model on a real data set, and leave it in MLflow as two versions, with the figures that gates ask for.

The data set ships with scikit-learn. Prints one line of JSON: what somebody outside needs to check what happened.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING

import mlflow
from mlflow.entities import Metric
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from pandas import DataFrame
    from sklearn.pipeline import Pipeline

EXPERIMENT = os.environ["VERIFY_EXPERIMENT"]
MODEL = os.environ["VERIFY_MODEL"]
SAMPLES = 100
PARAMS = {"C": 0.5, "max_iter": 500, "random_state": 7}


def latencies(model: Pipeline, rows: DataFrame) -> list[Metric]:
    """Seconds that a prediction of one row takes, measured one after the other."""
    samples = []
    for step in range(SAMPLES):
        started = time.perf_counter()
        model.predict(rows.iloc[[step % len(rows)]])
        samples.append(Metric("latency_seconds", time.perf_counter() - started, time.time_ns() // 1_000_000, step))
    return samples


def main() -> None:
    features, target = load_breast_cancer(return_X_y=True, as_frame=True)
    train_x, test_x, train_y, test_y = train_test_split(features, target, test_size=0.3, random_state=7)
    model = make_pipeline(StandardScaler(), LogisticRegression(**PARAMS)).fit(train_x, train_y)
    predicted = model.predict(test_x)
    large = test_x["mean radius"] > test_x["mean radius"].median()
    metrics = {
        "accuracy": float(accuracy_score(test_y, predicted)),
        "roc_auc": float(roc_auc_score(test_y, model.predict_proba(test_x)[:, 1])),
        "data.rows": float(len(train_x)),
        "data.null_fraction": float(train_x.isna().to_numpy().mean()),
    }
    for group, rows in {"small": ~large, "large": large}.items():
        metrics[f"accuracy.group.{group}"] = float(accuracy_score(test_y[rows], predicted[rows]))
        metrics[f"rows.group.{group}"] = float(rows.sum())

    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name="verify") as run:
        mlflow.log_params(PARAMS)
        mlflow.log_metrics(metrics)
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=latencies(model, test_x))
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(test_x, predicted),
            input_example=test_x.head(2),
            registered_model_name=MODEL,
        )
    client = mlflow.MlflowClient()
    again = mlflow.register_model(logged.model_uri, MODEL)
    found = {
        "run_id": run.info.run_id,
        "experiment_id": run.info.experiment_id,
        "model_version": str(logged.registered_model_version),
        "next_version": str(again.version),
        "artifact_location": client.get_logged_model(logged.model_id).artifact_location,
        "predictions": hashlib.sha256(predicted.astype("int64").tobytes()).hexdigest(),
        **metrics,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
