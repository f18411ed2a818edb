# What the tests measure us by, and the tools that drive them: each function installs one where it is missing. Part of `dev`, which sets
# the names and versions in capitals.
# shellcheck shell=bash disable=SC2154

# Ready-made programs of Cargo's world, as wheels: the runner of the tests, and what `./dev lint` asks.
need_rust_tools() {
  [[ -f $RUST_TOOLS/ready ]] && return
  say "Installing ${RUST_TOOL_WHEELS[*]}"
  python3 -m venv --clear "$RUST_TOOLS"
  "$RUST_TOOLS/bin/pip" install --quiet --disable-pip-version-check "${RUST_TOOL_WHEELS[@]/#/astral-dev-toolchain-}"
  touch "$RUST_TOOLS/ready"
}

# Tries the contract of the coordinator on the coordinator.
need_schemathesis() {
  [[ -x $SCHEMATHESIS/bin/schemathesis ]] && return
  say "Installing schemathesis $SCHEMATHESIS_VERSION"
  python3 -m venv --clear "$SCHEMATHESIS"
  "$SCHEMATHESIS/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION"
}

need_bat() {
  [[ -x $BAT/bin/bat ]] && return
  say "Installing the Blender Asset Tracer $BAT_VERSION"
  python3 -m venv --clear "$BAT"
  # Its own choice of zstandard is so old that it would be compiled.
  "$BAT/bin/pip" install --quiet --disable-pip-version-check "blender-asset-tracer==$BAT_VERSION" "zstandard==$ZSTANDARD_VERSION"
}

# The modules are built for one Python each; with another one those tests are skipped, aloud.
need_bpy() {
  local version
  [[ $(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') == 3.11 ]] || return 0
  for version in "${BPY_VERSIONS[@]}"; do
    [[ -f $CACHE/bpy-$version/ready ]] && continue
    say "Installing bpy $version, about 1 GB on the disk"
    python3 -m venv --clear "$CACHE/bpy-$version"
    "$CACHE/bpy-$version/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir "bpy==$version"
    touch "$CACHE/bpy-$version/ready"
  done
}

bpy_pythons() {
  local version pythons=
  for version in "${BPY_VERSIONS[@]}"; do
    if [[ -f $CACHE/bpy-$version/ready ]]; then pythons+=:$CACHE/bpy-$version/bin/python; fi
  done
  echo "${pythons#:}"
}

# Debian 12 has Go 1.19, and boxo asks for 1.26: where that is not here, the tests against boxo are skipped, aloud.
need_boxo() {
  [[ -x $BOXO/boxo ]] && return
  if ! command -v go >/dev/null; then
    say "No Go here: the tests against boxo will be skipped. It is at https://go.dev/dl, 1.26 or later"
    return
  fi
  say "Building boxo, the Go library that Kubo is made of"
  mkdir -p "$BOXO"
  if ! (cd tests/peers/boxo && go build -trimpath -o "$BOXO/boxo.new" .); then
    say "boxo was not built: the tests against it will be skipped"
    return 0
  fi
  mv "$BOXO/boxo.new" "$BOXO/boxo"
}

# Not part of what `./dev test` sets up: too long for a machine that starts from nothing.
need_kubo() {
  [[ -x $KUBO/ipfs ]] && return
  command -v go >/dev/null || fail "Kubo is built with Go, which is at https://go.dev/dl"
  say "Building Kubo"
  mkdir -p "$KUBO"
  (cd tests/peers/kubo &&
    GOTOOLCHAIN=$KUBO_GO CGO_ENABLED=0 go build -trimpath -o "$KUBO/ipfs.new" github.com/ipfs/kubo/cmd/ipfs)
  mv "$KUBO/ipfs.new" "$KUBO/ipfs"
}

# Its packages come ready made. What is optional would drive a browser, and a part of that is in no registry.
need_jsipfs() {
  need_node
  [[ -f $JSIPFS/ready ]] && return
  say "Installing js-ipfs, about 290 MB on the disk"
  mkdir -p "$JSIPFS"
  cp tests/peers/js-ipfs/package{,-lock}.json "$JSIPFS/"
  (cd "$JSIPFS" && npm ci --omit=optional --no-audit --no-fund --ignore-scripts --loglevel error)
  touch "$JSIPFS/ready"
}

# install_tool ROOT CRATE VERSION: as root/bin/CRATE, at a level of optimisation that builds in a third less time and
# runs well enough for tests.
install_tool() {
  CARGO_TARGET_DIR=$1/build CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install "$2" --version "$3" --locked --root "$1"
}

# Without optimisation it builds in half the time. These crates do nearly all of its work: the virtual machine, field arithmetic, hashes,
# reading classes, and compiling those that are there from the beginning, which is what a start waits for.
DEVNET_HOT=(cairo-vm lambdaworks-math lambdaworks-crypto starknet-types-core starknet-crypto num-bigint num-integer num-traits
  serde_json ryu itoa keccak sha2 sha3 blake2 memchr hashbrown indexmap cairo-lang-casm cairo-lang-eq-solver cairo-lang-sierra
  cairo-lang-sierra-ap-change cairo-lang-sierra-gas cairo-lang-sierra-to-casm cairo-lang-sierra-type-size
  cairo-lang-starknet-classes cairo-lang-utils universal-sierra-compiler)

need_devnet() {
  [[ -x $DEVNET/bin/starknet-devnet ]] && return
  say "Building starknet-devnet $DEVNET_VERSION, 10 to 20 minutes on two cores, once"
  local crate hot=()
  for crate in "${DEVNET_HOT[@]}"; do hot+=(--config "profile.release.package.$crate.opt-level=2"); done
  # Its OpenSSL is the one of the system, which is here: building another takes minutes on one core.
  OPENSSL_NO_VENDOR=1 CARGO_TARGET_DIR=$DEVNET/build CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_DEBUG=0 \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
    cargo install starknet-devnet --version "$DEVNET_VERSION" --locked --root "$DEVNET" "${hot[@]}"
  rm -rf "$DEVNET/build"
}

need_cairo() {
  [[ -x $CAIRO/bin/starknet-sierra-compile && -d $CAIRO/corelib ]] && return
  say "Installing the Cairo compilers $CAIRO_VERSION, about 10 minutes on two cores, once"
  install_tool "$CAIRO" starknet-compile "$CAIRO_VERSION"
  install_tool "$CAIRO" starknet-sierra-compile "$CAIRO_VERSION"
  rm -rf "$CAIRO/build"
  need_corelib
}

# The compilers come without their core library. Of the crate that has it, only the source is taken.
need_corelib() {
  local folder=$CAIRO/fetch source
  rm -rf "$folder"
  cargo new --quiet --vcs none --lib "$folder" --name fetch
  printf '[workspace]\n[dependencies]\n%s = "=%s"\n' "${CORELIB_CRATE%@*}" "${CORELIB_CRATE#*@}" >>"$folder/Cargo.toml"
  sed -i '0,/^\[dependencies\]$/{/^\[dependencies\]$/d}' "$folder/Cargo.toml"
  cargo fetch --quiet --manifest-path "$folder/Cargo.toml"
  source=$(cargo metadata --format-version 1 --manifest-path "$folder/Cargo.toml" |
    python3 -c 'import json, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == sys.argv[1]: print(package["manifest_path"])' "${CORELIB_CRATE%@*}")
  cp -r "$(dirname "$source")/corelib" "$CAIRO/corelib"
  rm -rf "$folder"
}

# --- all of it, and how long each part took -------------------------------------------------------------------------

# took NAME COMMAND...: notes the seconds of a part that had to be set up; what is there already takes none.
took() {
  local name=$1 started=$EPOCHREALTIME seconds status=0
  shift
  "$@" || status=$?
  seconds=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", b - a }')
  if [[ $seconds -gt 1 ]]; then
    say "   $name: $seconds s"
    [[ -z ${SET_UP:-} ]] || printf 'set-up\t%s\t%s\t%s\t\n' "set-up: $name" "$seconds" "$status" >>"$SET_UP"
  fi
  return "$status"
}

# What the tests can be compiled and started with.
set_up_to_build() {
  took "system packages" need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  took "Rust" need_rust
  took "Node" need_node
  took "runner of the tests" need_rust_tools
}

# What is only fetched.
set_up_peers() {
  took "Blender Asset Tracer" need_bat
  took "schemathesis" need_schemathesis
  took "boxo" need_boxo
  took "js-ipfs" need_jsipfs
  took "bpy" need_bpy
}

set_up_devnet() { took "starknet-devnet" need_devnet; }

set_up_all() { set_up_to_build; set_up_peers; set_up_devnet; }

# begin_setup WHAT: all that can wait goes on behind; await_peers and await_devnet wait for it. Unit tests ask for none of it.
begin_setup() {
  set_up_to_build
  peers_pid=
  devnet_pid=
  [[ $1 != unit ]] || return 0
  set_up_peers >"$OUTPUT/log/set-up-peers.log" 2>&1 &
  peers_pid=$!
  [[ -x $DEVNET/bin/starknet-devnet ]] && return
  say "Building starknet-devnet behind all else: $OUTPUT/log/set-up-devnet.log"
  # What a newcomer waits for comes first.
  (renice -n 10 "$BASHPID" >/dev/null; set_up_devnet) >"$OUTPUT/log/set-up-devnet.log" 2>&1 &
  devnet_pid=$!
}

await_peers() {
  [[ -n $peers_pid ]] || return 0
  wait "$peers_pid" || { tail -n 20 "$OUTPUT/log/set-up-peers.log"; fail "the peers of the tests could not be set up"; }
}

devnet_is_awaited() { [[ -n $devnet_pid ]] && kill -0 "$devnet_pid" 2>/dev/null; }

# Without it, its tests are skipped and counted.
await_devnet() {
  wait "$devnet_pid" || { tail -n 20 "$OUTPUT/log/set-up-devnet.log"; say "starknet-devnet was not built: its tests are skipped"; }
}
