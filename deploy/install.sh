#!/usr/bin/env bash
# Puts the coordinator on a Debian or Ubuntu machine as a hardened systemd service: sudo deploy/install.sh
# Run it again to upgrade: settings and data stay as they are.
#
#   VERIFRAME_PROGRAM=FILE  a program that is built already; otherwise it is built here, as whoever called sudo
#   DESTDIR=FOLDER          put the files below this folder and start nothing, to look at them first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

DESTDIR=${DESTDIR:-}
say() { printf '%s\n' "$*" >&2; }

if [[ -z $DESTDIR && $(id -u) != 0 ]]; then
  say "install.sh needs root: sudo deploy/install.sh"
  exit 1
fi

# The program is built without root: what a build runs comes from many hands. `./dev` fetches what it takes; the system's packages
# are root's to install.
build() {
  local builder=${SUDO_USER:-$(id -un)}
  say "Building the program as $builder, which takes some minutes the first time"
  if [[ $builder == "$(id -un)" ]]; then ./dev command
  else
    ./dev setup command >&2
    sudo -u "$builder" --login bash -c "cd '$PWD' && ./dev command"
  fi | tail -1
}

program=${VERIFRAME_PROGRAM:-}
[[ -n $program ]] || program=$(build)
[[ -x $program ]] || { say "there is no program at $program"; exit 1; }

install -D --mode 0755 "$program" "$DESTDIR/usr/local/bin/veriframe"
install -D --mode 0644 docs/OPERATING.md "$DESTDIR/usr/local/share/doc/veriframe/OPERATING.md"
install -D --mode 0644 deploy/systemd/veriframe-coordinator.service "$DESTDIR/etc/systemd/system/veriframe-coordinator.service"
config=$DESTDIR/etc/veriframe/coordinator.toml
if [[ ! -e $config ]]; then
  install -D --mode 0644 docs/coordinator.example.toml "$config"
  install --mode 0600 /dev/null "$DESTDIR/etc/veriframe/coordinator.env"
fi
if [[ -n $DESTDIR ]]; then
  say "The files are below $DESTDIR; nothing was started."
  exit 0
fi

getent passwd veriframe >/dev/null ||
  useradd --system --home-dir /var/lib/veriframe --shell /usr/sbin/nologin veriframe
systemctl daemon-reload
systemctl enable veriframe-coordinator
systemctl restart veriframe-coordinator
say "The coordinator runs. Its settings: /etc/veriframe/coordinator.toml; its log: journalctl -u veriframe-coordinator"
