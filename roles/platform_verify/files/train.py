"""Train real models on a real data set, and leave them in MLflow with the figures that gates ask for.

The data set ships with scikit-learn. There are three versions: two that differ in their answers, and one that answers
nothing. Prints one line of JSON: what somebody outside needs to check what happened.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

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
    import numpy as np
    from pandas import DataFrame, Series
    from sklearn.pipeline import Pipeline

EXPERIMENT = os.environ["VERIFY_EXPERIMENT"]
MODEL = os.environ["VERIFY_MODEL"]
SAMPLES = 100
CHAMPION = {"C": 0.5, "max_iter": 500, "random_state": 7}
CHALLENGER = {**CHAMPION, "C": 0.05}
# Said here, as MLflow would load each model once more to find out.
REQUIREMENTS = ["mlflow", "scikit-learn", "skops"]


class Broken(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Loads, says that it is ready, and fails whenever it is asked."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        raise RuntimeError("this model was made to fail")


def latencies(model: Pipeline, rows: DataFrame) -> list[Metric]:
    """Seconds that a prediction of one row takes, measured one after the other."""
    samples = []
    for step in range(SAMPLES):
        started = time.perf_counter()
        model.predict(rows.iloc[[step % len(rows)]])
        samples.append(Metric("latency_seconds", time.perf_counter() - started, time.time_ns() // 1_000_000, step))
    return samples


def figures(model: Pipeline, rows: DataFrame, target: Series) -> dict[str, float]:
    """How good a model is, in all and for two groups."""
    predicted = model.predict(rows)
    large = rows["mean radius"] > rows["mean radius"].median()
    found = {
        "accuracy": float(accuracy_score(target, predicted)),
        "roc_auc": float(roc_auc_score(target, model.predict_proba(rows)[:, 1])),
    }
    for group, members in {"small": ~large, "large": large}.items():
        found[f"accuracy.group.{group}"] = float(accuracy_score(target[members], predicted[members]))
        found[f"rows.group.{group}"] = float(members.sum())
    return found


def train(params: dict[str, Any], data: list[Any]) -> dict[str, Any]:
    """One model, one run, one version."""
    train_x, test_x, train_y, test_y = data
    model = make_pipeline(StandardScaler(), LogisticRegression(**params)).fit(train_x, train_y)
    metrics = {
        **figures(model, test_x, test_y),
        "data.rows": float(len(train_x)),
        "data.null_fraction": float(train_x.isna().to_numpy().mean()),
    }
    with mlflow.start_run(run_name="verify") as run:
        mlflow.log_params(params)
        mlflow.log_metrics(metrics)
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=latencies(model, test_x))
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(test_x, model.predict_proba(test_x)),
            pyfunc_predict_fn="predict_proba",
            pip_requirements=REQUIREMENTS,
            registered_model_name=MODEL,
        )
    answers: np.ndarray = model.predict_proba(test_x)
    return {
        "run_id": run.info.run_id,
        "experiment_id": run.info.experiment_id,
        "model_version": str(logged.registered_model_version),
        "artifact_location": mlflow.MlflowClient().get_logged_model(logged.model_id).artifact_location,
        "predictions": hashlib.sha256(answers.argmax(axis=1).astype("int64").tobytes()).hexdigest(),
        "answer": f"{answers[0][0]:.9f}",
        **metrics,
    }


def broken() -> str:
    """The version that fails."""
    with mlflow.start_run(run_name="verify: made to fail"):
        logged = mlflow.pyfunc.log_model(
            name="model", python_model=Broken(), pip_requirements=REQUIREMENTS, registered_model_name=MODEL
        )
    return str(logged.registered_model_version)


def main() -> None:
    features, target = load_breast_cancer(return_X_y=True, as_frame=True)
    data = train_test_split(features, target, test_size=0.3, random_state=7)
    mlflow.set_experiment(EXPERIMENT)
    champion, challenger = train(CHAMPION, data), train(CHALLENGER, data)
    row = data[1].iloc[[0]].to_numpy()
    found = {
        **champion,
        "next_version": challenger["model_version"],
        "next_answer": challenger["answer"],
        "broken_version": broken(),
        "request": {
            "inputs": [{"name": "row", "shape": list(row.shape), "datatype": "FP64", "data": row.ravel().tolist()}]
        },
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
