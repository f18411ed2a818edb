# The coordinator, and nothing of the desktop program. Build from the repository's root:
#   docker build --tag veriframe-coordinator .

# The operators' page, which becomes part of the program.
FROM node:22-slim AS page
WORKDIR /ui
COPY ui/package.json ui/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY ui .
RUN npx vite build --config vite.operator.config.ts

FROM rust:1.95-slim-trixie AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends build-essential pkg-config libdbus-1-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
COPY --from=page /ui/dist-operator ui/dist-operator
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --locked --profile dist --package veriframe-cli --bin veriframe \
 && install -D --mode 0755 target/dist/veriframe /out/veriframe

FROM debian:trixie-slim
# libdbus: the program can also use a desktop's keychain. postgresql-client: pg_dump, for back-ups of PostgreSQL.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libdbus-1-3 postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/veriframe --create-home --shell /usr/sbin/nologin veriframe
COPY --from=build /out/veriframe /usr/local/bin/veriframe
COPY deploy/healthcheck.sh /usr/local/bin/healthcheck
ENV VERIFRAME_HOME=/var/lib/veriframe \
    VERIFRAME_KEYCHAIN=file \
    API_HOST=0.0.0.0 \
    API_PORT=8787 \
    LOG_FORMAT=json \
    LOG_TO=stderr \
    VERIFRAME_METRICS_LISTEN=0.0.0.0:9464 \
    VERIFRAME_DRAIN_SECONDS=10 \
    VERIFRAME_DRAIN_LIMIT_SECONDS=30
USER 10001:10001
VOLUME /var/lib/veriframe
EXPOSE 8787 8788 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["healthcheck", "ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["veriframe"]
CMD ["coordinator", "serve"]
