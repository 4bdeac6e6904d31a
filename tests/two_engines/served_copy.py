"""Copies a home's publication to a bucket, and serves the bucket until its input ends.

Started by test_published.py with the default environment's Python: ``served_copy.py <home>``. Its
first line is the endpoint and the address of the copied Parquet, as JSON.
"""

from __future__ import annotations

import json
import os
import sys

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "published"


def main(home: str) -> None:
    """Serve the copy of a home's publication."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "DANGOL_HOME": home,
        "DANGOL_COPY_TO": f"s3://{BUCKET}/tables",
    }
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    from dangol.nightly.copies import copy_current
    from dangol.settings import get_settings

    name = copy_current(get_settings())
    parquet = f"s3://{BUCKET}/tables/publications/{name}/parquet"
    sys.stdout.write(json.dumps({"endpoint": endpoint, "parquet": parquet}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
