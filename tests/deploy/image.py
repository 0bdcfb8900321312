"""Tries the image of `build-offline.sh` beside a real Kafka: ``python -m tests.deploy.image``."""

import os
import subprocess
import sys

from tests.clusters.kafka import real_kafka
from tests.clusters.requirement import UnavailableError
from tests.deploy.chart import ROOT


def main(arguments: list[str]) -> int:
    """Run `try-image.sh`; where there is no Kafka without its part, which is said."""
    script = str(ROOT / "deploy" / "image" / "try-image.sh")
    try:
        with real_kafka() as servers:
            environment = {**os.environ, "KAFKA": servers}
            return subprocess.run([script, *arguments], env=environment, check=False).returncode
    except UnavailableError as missing:
        sys.stderr.write(f"image-test: no frame is read from Kafka: {missing}\n")
        return subprocess.run([script, *arguments], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
