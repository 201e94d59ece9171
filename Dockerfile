# docker build -t mukarrar .
# docker run --rm -v mukarrar:/data mukarrar keys create desk --scopes ingest,read,review,admin
# docker run --read-only --tmpfs /tmp -v mukarrar:/data -p 127.0.0.1:8080:8080 mukarrar
FROM python:3.11-slim-bookworm AS build

WORKDIR /src
RUN python -m venv /opt/mukarrar
ENV PATH=/opt/mukarrar/bin:$PATH
# dependencies first: this layer changes only with the lock file
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY dedup dedup
COPY service service
# built with the hatchling of the lock file, so that nothing unlocked is fetched
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && pip install --no-cache-dir --no-deps /wheel/*.whl


FROM python:3.11-slim-bookworm

RUN groupadd --system --gid 10001 mukarrar \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin mukarrar \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/mukarrar /opt/mukarrar

# There is no key yet: `serve` refuses any address but loopback until there is one, here too.
# The embedded Redis keeps its append-only file in /data, the only folder that is written to besides /tmp;
# MUKARRAR_REDIS_URL takes its place (deploy/compose.yaml).
ENV PATH=/opt/mukarrar/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MUKARRAR_DATA_DIR=/data \
    MUKARRAR_PORT=8080

WORKDIR /data
USER 10001:10001
# a new volume begins with what the image has in /data: the compiled kernels, for processors like the one that built it
RUN python -m service.kernels
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['MUKARRAR_PORT']}/healthz\", timeout=3)"]

ENTRYPOINT ["mukarrar"]
CMD ["serve", "--host", "0.0.0.0"]
