#!/usr/bin/env bash
# Compiles the contracts into artifacts/ and notes in SOURCES.sha256 from what. The artifacts are committed, because the
# compiler takes minutes to install; a test compares SOURCES.sha256 with the sources.
set -euo pipefail

if [[ $# -ne 1 ]]; then
    echo "usage: build.sh <toolchain>   (a folder with bin/starknet-compile, bin/starknet-sierra-compile and corelib/)" >&2
    exit 2
fi
toolchain=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C

# Another version makes other classes, with other hashes.
version=2.16.0
for tool in starknet-compile starknet-sierra-compile; do
    found=$("$toolchain/bin/$tool" --version)
    if [[ $found != *" $version" ]]; then
        echo "build.sh: $tool has to be $version, found: $found" >&2
        exit 1
    fi
done

# Everything is built aside first: a contract that does not compile leaves the old artifacts whole.
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT
mkdir "$aside/testing"

compile() {
    local path=$1 name=$2
    "$toolchain/bin/starknet-compile" . --contract-path "veriframe::$path" "$aside/$name.sierra.json"
    "$toolchain/bin/starknet-sierra-compile" "$aside/$name.sierra.json" "$aside/$name.casm.json"
}

compile job_market::JobMarket JobMarket
compile worker_registry::WorkerRegistry WorkerRegistry
compile testing::answering_account::AnsweringAccount testing/AnsweringAccount
compile testing::refusing_token::RefusingToken testing/RefusingToken
compile testing::reentering_token::ReenteringToken testing/ReenteringToken

{
    echo cairo_project.toml
    find src -name '*.cairo' -type f | sort
} | xargs -d '\n' sha256sum > "$aside/SOURCES.sha256"

rm -rf artifacts
mkdir artifacts
cp -r "$aside/." artifacts
chmod -R u=rwX,go=rX artifacts
