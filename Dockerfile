# syntax=docker/dockerfile:1
#
# Three images from one file:
#   docker build -t platestream:0.1.0 .                                  the CPU image (the last stage)
#   docker build -t platestream:0.1.0-gpu --target gpu .                 the GPU image
#   docker build -t platestream:0.1.0-passages --target passages .       the passages application
#
# Each holds one virtual environment at /opt/platestream, made in a stage of its own, so that neither
# pip's cache nor anything that builds software reaches the image. The first two have the extras for object
# stores (16 MB) and tracing (7 MB): without them a setting that the chart accepts would end the pod. One that
# feeds cameras (docs/FEED.md) is built with --build-arg EXTRAS=objectstore,tracing,feed: FFmpeg takes another
# 100 MB.

# ---- the wheel: the same for all images ----------------------------------------------------------
FROM python:3.12-slim-bookworm AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY service service
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip wheel --disable-pip-version-check --no-deps --wheel-dir /wheels .

# ---- the GPU image -------------------------------------------------------------------------------
# The environment is made with the Python that the image will run: Ubuntu's 3.12.
FROM ubuntu:24.04 AS gpu-environment
# Distribution archives drop old revisions, so a pinned one would soon fail to install.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.12 python3.12-venv \
    && rm -rf /var/lib/apt/lists/*
# onnxruntime-gpu 1.31 is linked with CUDA 13 (cuBLAS, cuFFT, cuRAND, the runtime) and loads cuDNN 9: the
# image below brings both, so move them together. Only patch releases are let in, since a minor one may move
# to another CUDA. Its TensorRT provider needs TensorRT 10 as well, which nothing here brings.
ARG ONNXRUNTIME_GPU="~=1.31.0"
ARG EXTRAS=objectstore,tracing
COPY --from=wheel /wheels /wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    python3.12 -m venv /opt/platestream \
    && printf 'onnxruntime-gpu%s\n' "${ONNXRUNTIME_GPU}" > /tmp/constraints.txt \
    && wheel="$(find /wheels -name 'platestream-*.whl')" \
    && /opt/platestream/bin/python -m pip install --disable-pip-version-check --compile \
        --constraint /tmp/constraints.txt "${wheel}[gpu,${EXTRAS}]" \
    && /opt/platestream/bin/python -m pip uninstall --yes pip

FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS gpu
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=""
ARG URL=""
LABEL org.opencontainers.image.title="platestream" \
      org.opencontainers.image.description="Licence plate reader on Apache Kafka, for NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${URL}" \
      org.opencontainers.image.base.name="docker.io/nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3.12 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 platestream \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin platestream
COPY --from=gpu-environment /opt/platestream /opt/platestream
ENV PATH="/opt/platestream/bin:${PATH}" \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLATESTREAM_TELEMETRY__REVISION="${REVISION}"
USER 10001:10001
WORKDIR /tmp
EXPOSE 9108 8080
# Five minutes to start: a GPU loads its libraries and warms every batch size first.
HEALTHCHECK --interval=15s --timeout=5s --start-period=300s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PLATESTREAM_TELEMETRY__PORT', '9108') + '/healthz', timeout=4)"]
ENTRYPOINT ["platestream"]
CMD ["run"]

# ---- the passages application --------------------------------------------------------------------
# Its engine bounds the Kafka client below the version that the service needs: an environment of its own.
FROM python:3.12-slim-bookworm AS passages-environment
COPY --from=wheel /wheels /wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/platestream \
    && wheel="$(find /wheels -name 'platestream-*.whl')" \
    && /opt/platestream/bin/python -m pip install --disable-pip-version-check --compile \
        "${wheel}[passages]" \
    && /opt/platestream/bin/python -m pip uninstall --yes pip

FROM python:3.12-slim-bookworm AS passages
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=""
ARG URL=""
LABEL org.opencontainers.image.title="platestream" \
      org.opencontainers.image.description="Licence plate reader on Apache Kafka: passages and alerts" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${URL}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.12-slim-bookworm"
RUN groupadd --gid 10001 platestream \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin platestream
COPY --from=passages-environment /opt/platestream /opt/platestream
ENV PATH="/opt/platestream/bin:${PATH}" \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLATESTREAM_ENGINE__STATE_DIR=/tmp/state \
    PLATESTREAM_TELEMETRY__REVISION="${REVISION}"
USER 10001:10001
WORKDIR /tmp
EXPOSE 9108
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PLATESTREAM_TELEMETRY__PORT', '9108') + '/healthz', timeout=4)"]
ENTRYPOINT ["platestream"]
CMD ["passages"]

# ---- the CPU image -------------------------------------------------------------------------------
FROM python:3.12-slim-bookworm AS cpu-environment
ARG EXTRAS=objectstore,tracing
COPY --from=wheel /wheels /wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/platestream \
    && wheel="$(find /wheels -name 'platestream-*.whl')" \
    && /opt/platestream/bin/python -m pip install --disable-pip-version-check --compile \
        "${wheel}[cpu,${EXTRAS}]" \
    && /opt/platestream/bin/python -m pip uninstall --yes pip

FROM python:3.12-slim-bookworm AS cpu
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=""
ARG URL=""
LABEL org.opencontainers.image.title="platestream" \
      org.opencontainers.image.description="Licence plate reader on Apache Kafka" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${URL}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.12-slim-bookworm"
RUN groupadd --gid 10001 platestream \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin platestream
COPY --from=cpu-environment /opt/platestream /opt/platestream
ENV PATH="/opt/platestream/bin:${PATH}" \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLATESTREAM_TELEMETRY__REVISION="${REVISION}"
USER 10001:10001
WORKDIR /tmp
EXPOSE 9108 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PLATESTREAM_TELEMETRY__PORT', '9108') + '/healthz', timeout=4)"]
ENTRYPOINT ["platestream"]
CMD ["run"]
