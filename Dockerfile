# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
# zstd and ring compile C.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release --package conductatlas \
    && cp target/release/conductatlas /conductatlas

FROM debian:bookworm-slim
# chromium also reads pages that need scripts: docker build --build-arg BROWSER=chromium
ARG BROWSER=
# The system's certificate roots: without them no source can be fetched. poppler-utils reads PDF files.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates poppler-utils tini $BROWSER \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 65532 --create-home --home-dir /var/lib/conductatlas conductatlas \
    # A named volume takes over the owner of the folder that it covers.
    && install -d -o 65532 -g 65532 /var/lib/conductatlas/data
COPY --from=build /conductatlas /usr/local/bin/conductatlas
USER 65532
WORKDIR /var/lib/conductatlas
ENV CONDUCTATLAS_LISTEN=0.0.0.0:8080 \
    CONDUCTATLAS_DATA=/var/lib/conductatlas/data \
    CONDUCTATLAS_LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["conductatlas", "doctor", "--alive"]
ENTRYPOINT ["tini", "--", "conductatlas"]
CMD ["serve"]
