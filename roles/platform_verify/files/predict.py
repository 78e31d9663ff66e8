"""Load the champion by its alias, in a pod that never saw the training, and predict the same rows again."""

from __future__ import annotations

import hashlib
import json
import os

import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

MODEL = os.environ["VERIFY_MODEL"]


def main() -> None:
    features, target = load_breast_cancer(return_X_y=True, as_frame=True)
    _unused, test_x, _unused, _unused = train_test_split(features, target, test_size=0.3, random_state=7)
    version = mlflow.MlflowClient().get_model_version_by_alias(MODEL, "champion")
    predicted = mlflow.pyfunc.load_model(f"models:/{MODEL}@champion").predict(test_x).argmax(axis=1)
    found = {
        "model_version": str(version.version),
        "run_id": version.run_id,
        "rows": len(predicted),
        "predictions": hashlib.sha256(predicted.astype("int64").tobytes()).hexdigest(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
