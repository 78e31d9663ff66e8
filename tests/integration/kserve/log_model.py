# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Log models with MLflow, and say what they answer to two rows. It runs in MLflow's image."""

from __future__ import annotations

import json
import pathlib
import sys

import mlflow
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


class Words(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """A model of text that fails on demand."""

    def predict(self, context: object, model_input: pd.DataFrame) -> pd.DataFrame:
        """Each text in capitals, with a number that JSON does not have."""
        if (model_input["text"] == "fail").any():
            raise RuntimeError("told to fail")
        return pd.DataFrame({"text": model_input["text"].str.upper(), "ratio": [float("nan")] * len(model_input)})


def main(folder: pathlib.Path) -> None:
    """Log them below a folder."""
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("models", artifact_location=str(folder / "artifacts"))
    mlflow.set_experiment("models")
    rows, kinds = load_iris(return_X_y=True)
    table = pd.DataFrame(rows, columns=NAMES)
    iris = LogisticRegression(max_iter=500).fit(table, kinds)
    places = {}
    with mlflow.start_run():
        signature = mlflow.models.infer_signature(table, iris.predict(table))
        places["iris"] = mlflow.sklearn.log_model(iris, name="iris", signature=signature)
        words = mlflow.models.infer_signature(pd.DataFrame({"text": ["a"]}))
        places["words"] = mlflow.pyfunc.log_model(name="words", python_model=Words(), signature=words)
    asked = [0, 100]
    locations = {name: mlflow.get_logged_model(info.model_id).artifact_location for name, info in places.items()}
    said = {
        "models": {name: str(pathlib.Path(place).relative_to(folder)) for name, place in locations.items()},
        "rows": rows[asked].tolist(),
        "answers": iris.predict(table.iloc[asked]).tolist(),
    }
    (folder / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
