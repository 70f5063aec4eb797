# One image for every process; the command says which. Built in two steps: no compiler in the result.
# PYTHON_IMAGE may name the base by digest (docs/operations.md, Containers).
ARG PYTHON_IMAGE=python:3.11.11-slim-bookworm
FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY config config
COPY models models
COPY streams streams
COPY dashboards dashboards
COPY ops ops
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --create-home gridpulse \
    && install -d -o gridpulse -g gridpulse /var/lib/gridpulse /var/lib/gridpulse-access
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER gridpulse
ENTRYPOINT ["gridpulse"]
CMD ["--help"]
