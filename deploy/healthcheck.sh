#!/bin/bash
# healthcheck live|ready: asks the coordinator of this container. The image has no program that speaks HTTP; bash does.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${API_PORT:-8787}"
printf 'GET /health/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:-live}" >&3
IFS= read -r -t 4 status <&3
[[ $status == *' 200 '* ]]
