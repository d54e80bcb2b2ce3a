#!/bin/bash
# cix run, from a simulated TD to a client beside it, and what cix status tells of both ends.
. "$(dirname "$0")/lib.sh"

if [ ! -w /dev/fuse ]; then
    skip 1 "no FUSE here"
    finish
    exit
fi
cd "$work"

# Ports that nobody has at this moment.
read -r link_port entry_port service_port dead_port < <(python3 - <<'P'
import socket
sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(4)]
print(*(each.getsockname()[1] for each in sockets))
P
)

# wait_for COMMAND...: until it succeeds, ten seconds long.
wait_for() {
    for _ in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "did not happen: $*"
}

# run NAME: a gateway with NAME.yaml, whose process is in $process.
run() {
    "$CIX" run -c "$1.yaml" >"$1.log" 2>&1 &
    process=$!
    processes+=("$process")
    wait_for "$CIX" status --socket "$1.sock"
}

mkdir tsm www
expect 0 "$CIX" sim --platform tdx --state sim --mount tsm
processes+=("$(sed -n 's/.*process \([0-9]*\)$/\1/p' out)")
expect 0 "$CIX" attest --tsm-root tsm --out evidence
expect 0 "$CIX" inspect evidence --json
measurement=$(jq -r .claims.measurement out)
platform_instance=$(jq -r .claims.pck.piid out)

head -c 300000 /dev/urandom >www/file
python3 -m http.server "$service_port" --bind 127.0.0.1 --directory www >service.log 2>&1 &
processes+=("$!")

cat >inside.yaml <<Y
listen: [ "tls://127.0.0.1:$link_port" ]
attest: auto
tsm_root: tsm
clients: any
egress: [ { service: web, to: "tcp://127.0.0.1:$service_port" } ]
control_socket: inside.sock
Y
cat >policy.yaml <<Y
accept:
  - platform: tdx
    measurement: "$measurement"
    identity: { platform_instance_id: "$platform_instance" }
trust: [ sim/trust/tdx-root.pem ]
endorsements: [ sim/endorsements ]
Y
cat >outside.yaml <<Y
links:
  cloud: { connect: "tls://127.0.0.1:$link_port", verify: { policy: policy.yaml } }
  nowhere: { connect: "tls://127.0.0.1:$dead_port", verify: { policy: policy.yaml } }
ingress: [ { listen: "tcp://127.0.0.1:$entry_port", to: cloud/web } ]
control_socket: outside.sock
Y
expect 0 "$CIX" check -c inside.yaml
expect 0 "$CIX" check -c outside.yaml
says "every 1h"

run inside
inside=$process
run outside
outside=$process
wait_for curl -s -o copy "http://127.0.0.1:$service_port/file"
is_up() { "$CIX" status --socket outside.sock --json | grep -q '"up"'; }
wait_for is_up
wait_for curl -sS -m 2 -o /dev/null "http://127.0.0.1:$service_port/"
expect 0 curl -sS -m 20 -o copy "http://127.0.0.1:$entry_port/file"
expect 0 cmp copy www/file

# The link that is up, at either end, and the one that is not.
expect 0 "$CIX" status --socket outside.sock --json
jq '.links | map({(.name // "-"): .}) | add' out >links
cp links out
field cloud.state '"up"'
field cloud.platform '"tdx"'
field cloud.channel '"tls13"'
field nowhere.channel '"tls13"'
field cloud.verdict '"accepted"'
field cloud.measurement "\"$measurement\""
field cloud.round 1
field cloud.peer "\"127.0.0.1:$link_port\""
field cloud.streams_begun 1
field nowhere.platform null
says '"reason"'
expect 0 "$CIX" status --socket outside.sock
says '^link cloud: up, with 127.0.0.1:[0-9]* over tls13 since'
says 'accepted, tdx, round 1'
says "$measurement"
says '^link nowhere: '
expect 0 "$CIX" status --socket inside.sock
says 'attests tdx'

# O5
[ "$(stat -c %a inside.sock)" = 600 ] && pass || fail "others may ask the gateway"

# C8
sed "s/control_socket: .*/control_socket: second.sock/" inside.yaml >second.yaml
expect 1 timeout 20 "$CIX" run -c second.yaml
says "127.0.0.1:$link_port"

# SIGTERM ends a gateway with 0; nobody answers for it then.
for process in $outside $inside; do
    kill "$process"
    code=0
    wait "$process" || code=$?
    [ "$code" = 0 ] && pass || fail "a gateway ended with $code"
done
expect 1 "$CIX" status --socket outside.sock
says 'outside.sock: '

cd /
finish
