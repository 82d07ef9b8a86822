# An image of leaktrail: docker build -t leaktrail .
#
#   docker run --rm -v "$PWD:/dumps:ro" -u "$(id -u)" leaktrail heap.hprof
#
# As a sidecar that reports on every dump of a directory: docs/runbooks/kubernetes.md.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN script/setup build
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DLEAKTRAIL_TESTS=OFF -DLEAKTRAIL_STATIC=ON
RUN cmake --build /build --target leaktrail && strip /build/cli/leaktrail

# A shell beside the tool, for the script of the sidecar; nothing else is needed.
FROM debian:bookworm-slim
COPY --from=build /build/cli/leaktrail /usr/local/bin/leaktrail
COPY packaging/watch-dumps.sh /opt/watch-dumps.sh
RUN groupadd --gid 10001 leaktrail && useradd --uid 10001 --gid 10001 --no-create-home leaktrail
USER 10001:10001
WORKDIR /dumps
ENTRYPOINT ["leaktrail"]
CMD ["--help"]
