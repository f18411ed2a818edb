# How the tests run: steps that are timed and logged, side by side where they do not disturb each other. Part of `dev`.
# shellcheck shell=bash disable=SC2154

# Name, seconds, status and kind of each step; `summary.py` reads it at the end.
STEPS=$OUTPUT/steps.tsv
# Steps that run beside the others.
beside_pids=()

# Every process that a test starts inherits this mark, so that what a broken test leaves behind can be found and ended.
export VERIFRAME_TEST_RUN=
end_leftovers() {
  [[ -n $VERIFRAME_TEST_RUN ]] || return 0
  local environ pid
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/}; pid=${pid%/environ}
    [[ $pid == "$$" || $pid == "$BASHPID" ]] && continue
    if tr '\0' '\n' <"$environ" 2>/dev/null | grep -qx "VERIFRAME_TEST_RUN=$VERIFRAME_TEST_RUN"; then
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done 2>/dev/null
}

log_of() { echo "$OUTPUT/log/${1// /-}.log"; }

# step KIND NAME COMMAND...: runs it with its output in a log, and shows the end of the log when it fails. KIND says how its tests
# are counted: `check` is one; `nextest:PROFILE` and `vitest` have a report; `cargo` has `test result:` lines in the log.
step() {
  local kind=$1 name=$2 log started status=0
  log=$(log_of "$name") started=$EPOCHREALTIME
  shift 2
  say "== $name"
  "$@" >"$log" 2>&1 || status=$?
  note_step "$kind" "$name" "$started" "$status"
}

note_step() {
  local kind=$1 name=$2 started=$3 status=$4 seconds
  seconds=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
  printf '%s\t%s\t%s\t%s\t%s\n' "$kind" "$name" "$seconds" "$status" "$(log_of "$name")" >>"$STEPS"
  if [[ $status == 0 ]]; then say "   $name: done in $seconds s"; return; fi
  tail -n 60 "$(log_of "$name")"
  say "   $name: failed after $seconds s; the whole log: $(log_of "$name")"
}

# beside KIND NAME COMMAND...: a step that runs while others do; `await_beside` waits for all of them.
beside() {
  step "$@" &
  beside_pids+=($!)
}

await_beside() {
  local pid
  for pid in "${beside_pids[@]}"; do wait "$pid" || true; done
  beside_pids=()
}

# --- what the tests are told ----------------------------------------------------------------------------------------

# Absent parts are not named, and what needs them is skipped aloud.
tell_tests() {
  export VERIFRAME_BAT=$BAT/bin/bat VERIFRAME_BPY VERIFRAME_BOXO=$BOXO/boxo VERIFRAME_JSIPFS=$JSIPFS
  export VERIFRAME_DEVNET=$DEVNET/bin/starknet-devnet VERIFRAME_CAIRO=$CAIRO VERIFRAME_OUTPUT=$OUTPUT
  export VERIFRAME_WINDOW=$DEBUG/veriframe-desktop VERIFRAME_COMMAND=$DEBUG/veriframe
  VERIFRAME_BPY=$(bpy_pythons)
  # Chance differs from day to day, and is the same for a whole run.
  export VERIFRAME_SEED=${VERIFRAME_SEED:-$(date +%Y%m%d)}
  export PROPTEST_RNG_SEED=$VERIFRAME_SEED
  PATH=$KUBO:$RUST_TOOLS/bin:$PATH
  export INSTA_UPDATE=${INSTA_UPDATE:-no}
}

# What a test writes is gone with it: memory is enough, where there is some. What is about the disk is about what a kill leaves behind,
# and that is the same there. Not for the bench, which measures the disk.
own_tmpdir=
write_to_memory() {
  [[ -z ${TMPDIR:-} && $(df --output=avail -B1G /dev/shm 2>/dev/null | tail -n 1) -ge 4 ]] || return 0
  own_tmpdir=$(mktemp -d /dev/shm/veriframe-tests-XXXXXX)
  # PostgreSQL runs as somebody else, in a folder of its own below this one.
  chmod 711 "$own_tmpdir"
  export TMPDIR=$own_tmpdir
}

# The same selection of packages in each of these, so that Cargo chooses the same features and builds nothing twice.
SELECTION=(--locked --workspace --features veriframe-tests/e2e)

build_tests() {
  cargo build "${SELECTION[@]}" --bins --examples
  cargo nextest run "${SELECTION[@]}" --no-run
}

# What a second ./dev app does when nothing was changed.
builds_nothing_anew() {
  local said
  need_ui_packages
  build_ui
  said=$(build_app 2>&1) || { echo "$said"; return 1; }
  echo "$said"
  ! grep -E '^ +Compiling' <<<"$said"
}

# run_tests PROFILE [FILTER]: a profile of .config/nextest.toml.
run_tests() {
  local profile=$1
  shift
  cargo nextest run "${SELECTION[@]}" --profile "$profile" --hide-progress-bar "$@"
}

# --- the steps ------------------------------------------------------------------------------------------------------

# What this machine can do without anything being built for it: fetched while other things are compiled.
ui_tests() {
  beside vitest "window unit tests" bash -c "cd ui && npx vitest run --reporter=default --reporter=json --outputFile.json='$OUTPUT/vitest.json'"
  beside check "window types" bash -c 'cd ui && npm run check'
}

# The chain's tests wait for the devnet, which a machine that starts from nothing is still building.
CHAIN='test(~devnet) | binary(devnet) | binary(direct) | test(~settlement::) | test(~sign_in_on_chain::) | test(~onchain::)'
# What touches the database, and with a market on a chain as much of it as writes every table of it.
ON_DATABASE='binary_id(veriframe-coordinator::it) & not test(~sign_in_on_chain::) & not test(~gateway) & not test(~prices::) & not test(~headers::)'
ON_DATABASE_ONCE="$ON_DATABASE & (not test(~settlement::) | test(a_job_is_paid_out_on_the_chain) | test(stopped_anywhere_settles_once))"

chosen() {
  case $1 in
    unit) echo 'kind(lib) | kind(bin) | binary(structure)' ;;
    server) echo 'kind(test) & not package(veriframe-tests) | binary(client_contract)' ;;
    chain) echo "$CHAIN | binary(contracts)" ;;
    e2e) echo 'package(veriframe-tests) & not binary(structure) & not binary(client_contract)' ;;
    all | full) echo 'all()' ;;
  esac
}

cmd_test() {
  local what=${1:-all} filter
  filter=$(chosen "$what") || true
  [[ -n $filter ]] || fail "test what? unit, server, chain, e2e, all or full"
  if [[ $what == full ]]; then export VERIFRAME_FULL=1; fi
  mkdir -p "$OUTPUT/log"
  : >"$STEPS"
  SET_UP=$STEPS
  VERIFRAME_TEST_RUN=$$-$(date +%s)
  begin_setup "$what"
  enter_tree
  trap 'end_leftovers; leave_tree; [[ -z $own_tmpdir ]] || rm -rf "$own_tmpdir"' EXIT
  trap 'exit 130' INT TERM
  # No report of an earlier run may pass for one of this.
  rm -rf target/nextest
  tell_tests
  write_to_memory
  say "Seed $VERIFRAME_SEED (VERIFRAME_SEED repeats a run)"
  need_ui_packages >&2
  # First of all: window and coordinator carry the pages.
  step check "build the pages" build_ui
  [[ $what != all && $what != full && $what != unit ]] || ui_tests
  step check "build" build_tests
  step check "a second build compiles nothing" builds_nothing_anew
  await_peers
  if [[ $what == all || $what == full || $what == server ]]; then
    if [[ $what == full ]]; then beside check "contract" with_postgres cmd_schemathesis 25
    else beside check "contract" with_postgres cmd_schemathesis 5 half; fi
  fi
  if devnet_is_awaited; then
    step nextest:default "tests" run_tests default -E "($filter) & not ($CHAIN)"
    await_devnet
    step nextest:chain "tests of the chain" run_tests chain -E "($filter) & ($CHAIN)"
  else
    step nextest:default "tests" run_tests default -E "$filter"
  fi
  [[ $what != all && $what != full && $what != server ]] || step nextest:postgres "coordinator on PostgreSQL" with_postgres run_tests postgres -E "$([[ $what == full ]] && echo "$ON_DATABASE" || echo "$ON_DATABASE_ONCE")"
  [[ $what != all && $what != full && $what != unit ]] || step cargo "documentation examples" cargo test "${SELECTION[@]}" --doc
  await_beside
  python3 tests/summary.py "$STEPS" target/nextest "$OUTPUT"
}
