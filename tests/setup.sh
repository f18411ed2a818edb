# What the tests measure us by, and the tools that drive them: each function installs one where it is missing. Part of `dev`, which sets
# the names and versions in capitals.
# shellcheck shell=bash disable=SC2154

need_tauri_driver() {
  [[ -x $TOOLS/bin/tauri-driver ]] && return
  say "Installing tauri-driver $TAURI_DRIVER_VERSION"
  # A test tool: built without optimisation, in a folder of its own that is removed again.
  CARGO_TARGET_DIR=$TOOLS/build CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install tauri-driver --version "$TAURI_DRIVER_VERSION" --locked --root "$TOOLS"
  rm -rf "$TOOLS/build"
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
  python3 -m venv "$BAT"
  "$BAT/bin/pip" install --quiet --disable-pip-version-check "blender-asset-tracer[zstandard]==$BAT_VERSION"
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

need_devnet() {
  [[ -x $DEVNET/bin/starknet-devnet ]] && return
  say "Installing starknet-devnet $DEVNET_VERSION, which takes 15 to 30 minutes on two cores, once"
  install_tool "$DEVNET" starknet-devnet "$DEVNET_VERSION"
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
