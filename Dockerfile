# The pipeline and Airflow in one image, from the same lock as a checkout.
# Production pins the base by its digest: DANGOL_BASE=python:3.12.12-slim-bookworm@sha256:… in `.env`
ARG DANGOL_BASE=python:3.12.12-slim-bookworm
FROM ${DANGOL_BASE}

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONPATH=/opt/dangol \
    DANGOL_HOME=/var/lib/dangol \
    AIRFLOW_HOME=/var/lib/dangol/airflow \
    HOME=/tmp

# of s3, gs, az and sftp, those in which exports arrive
ARG DANGOL_DRIVERS=""
# nothing is built and nothing is resolved: exactly the wheels whose hashes are in the locks
COPY requirements.lock requirements-s3.lock requirements-gs.lock requirements-az.lock \
    requirements-sftp.lock /tmp/locks/
RUN set -- -r /tmp/locks/requirements.lock \
    && for driver in ${DANGOL_DRIVERS}; do set -- "$@" -r "/tmp/locks/requirements-$driver.lock"; done \
    && pip install --no-deps --require-hashes --only-binary :all: "$@" \
    && rm -r /tmp/locks

# root owns the code, so the service's user can't change what it runs
COPY dangol /opt/dangol/dangol
COPY expectations /opt/dangol/expectations
COPY ml /opt/dangol/ml
COPY pages /opt/dangol/pages
COPY demo /opt/dangol/demo
COPY simulator /opt/dangol/simulator
COPY sources /opt/dangol/sources
COPY dbt_project /opt/dangol/dbt_project
COPY dags /opt/dangol/dags
COPY pyproject.toml README.md /opt/dangol/
# the command `dangol`, for the person on call; the root file system is read-only at run time, so
# compile now
RUN pip install --no-deps --no-build-isolation --editable /opt/dangol \
    && python -m compileall -q /opt/dangol \
    && groupadd --gid 10001 dangol \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dangol \
    && install -d -m 0700 -o dangol -g dangol /var/lib/dangol

WORKDIR /opt/dangol
USER 10001:10001
# what the services write is theirs alone; `dangol` sees to that itself
ENTRYPOINT ["/bin/sh", "-c", "umask 0077 && exec airflow \"$@\"", "airflow"]
