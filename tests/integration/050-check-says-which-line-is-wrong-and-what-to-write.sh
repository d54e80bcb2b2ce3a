#!/bin/bash
# C1-C7, C9, C10, C12, C13: `cix check` and `cix run` refuse a wrong configuration with 2, before
# anything listens, and name the line; `cix check` says in words what a right one does.
. "$(dirname "$0")/lib.sh"

config=$work/cix.yaml

# wrong PATTERN: the configuration on standard input is refused, with these words, by both.
wrong() {
    cat >"$config"
    expect 2 "$CIX" check -c "$config"
    says "$1"
    says_not 'is valid'
    expect 2 timeout 20 "$CIX" run -c "$config"
    says "$1"
}

# C1
wrong 'cix.yaml: .*nothing to do' </dev/null
wrong 'nothing to do' <<<'# only a comment'
wrong 'nothing to do' <<<'threads: 2'

# C2, C12
wrong "line 2: .*'reattst'" <<'Y'
links: { cloud: { connect: "tls://h:1", verify: { policy: p.yaml } } }
reattst: 5m
Y
wrong "line 4: .*'polcy'" <<'Y'
links:
  cloud:
    connect: "tls://h:1"
    verify: { polcy: p.yaml }
Y

# C3
wrong 'line 2: .*threads' <<'Y'
threads: 1
threads: 2
Y

# C4
wrong 'line 1: .*links' <<<'links: [ a, b ]'
wrong "line 1: .*'many'" <<<'threads: many'
wrong 'line 2: .*connect' <<'Y'
links:
  cloud: { connect: [ 1 ], verify: { policy: p.yaml } }
Y

# C5
wrong 'line 1: .*threads: write 1 to 64' <<<'threads: 0'
wrong 'line 1: .*' <<<'threads: 65'
wrong 'line 1: .*drain' <<<'drain: 30d'
wrong "line 2: .*'tls://h:70000'" <<'Y'
links:
  cloud: { connect: "tls://h:70000", verify: { policy: p.yaml } }
Y
wrong 'line 2: .*write tls://host:port or spdm://host' <<'Y'
links:
  cloud: { connect: "quic://h:1", verify: { policy: p.yaml } }
Y
wrong "line 2: .*'spdm://h:70000'" <<'Y'
links:
  cloud: { connect: "spdm://h:70000", verify: { policy: p.yaml } }
Y

# C6, C9
wrong "line 2: .*'verify:' is missing" <<'Y'
links:
  cloud: { connect: "tls://h:1" }
Y
wrong 'line 2: .*without a policy nobody is let in' <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { reattest: 5m } }
Y
wrong 'line 1: .*without clients' <<'Y'
listen: [ "tls://127.0.0.1:1" ]
attest: none
egress: [ { service: db, to: "tcp://127.0.0.1:2" } ]
Y
wrong 'line 1: .*without attest' <<'Y'
listen: [ "tls://127.0.0.1:1" ]
clients: any
egress: [ { service: db, to: "tcp://127.0.0.1:2" } ]
Y

# A policy that is not there, that pins nothing, or that does not pin enough for a link.
wrong 'line 2: .*none.yaml: No such file' <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { policy: none.yaml } }
Y
wrong 'line 2: .*strict' <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { policy: strict } }
Y
: >"$work/empty.yaml"
wrong 'line 2: .*empty.yaml' <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { policy: empty.yaml } }
Y

# P22
wrong "connects to this gateway itself" <<'Y'
links: { self: { connect: "tls://127.0.0.1:7443", verify: { insecure_skip_appraisal: true } } }
listen: [ "tls://0.0.0.0:7443" ]
attest: none
clients: any
egress: [ { service: db, to: "tcp://127.0.0.1:2" } ]
Y

# O2
printf 'links: { "a\033[31m": { connect: "tls://h:1", verify: { policy: p } } }\n' | wrong 'line 1: '
says_not $'\e'

# C7
expect 2 "$CIX" check -c "$work/none"
says 'none: No such file'
expect 2 "$CIX" check -c "$work"
says 'is a folder'
mkfifo "$work/pipe"
expect 2 timeout 20 "$CIX" check -c "$work/pipe"
says 'not a plain file'
truncate -s 100M "$work/huge"
expect 2 "$CIX" check -c "$work/huge"
says 'larger than'
head -c 4096 /dev/urandom | wrong '.'
printf 'threads: 1\0\n' | wrong '.'
if [ "$(id -u)" != 0 ]; then
    : >"$work/closed"
    chmod 000 "$work/closed"
    expect 2 "$CIX" check -c "$work/closed"
    says 'Permission denied'
fi

# A right one, in words. BOM and CRLF change nothing (C7).
right() {
    cat >"$config"
    expect 0 "$CIX" check -c "$config"
    says 'is valid'
}
measurement=$(printf 'ab%.0s' $(seq 48))
cat >"$work/db.yaml" <<Y
accept:
  - platform: snp
    measurement: "$measurement"
    identity: { chip_id: "$(printf '17%.0s' $(seq 64))" }
Y
good='links:
  cloud:
    connect: "tls://10.0.0.2:7443"
    verify: { policy: db.yaml }
    reattest: 5m
ingress:
  - listen: "tcp://127.0.0.1:5432"
    to: "cloud/db"
'
right <<<"$good"
says 'link cloud: connects to 10.0.0.2:7443'
says 'policy .*db.yaml'
says 'abababababababab'
says 'every 5m'
says "tcp://127.0.0.1:5432 reach its service 'db'"
says_not INSECURE
right <<<"${good/tls:\/\/10.0.0.2:7443/spdm://10.0.0.2}"
says 'link cloud: connects to 10.0.0.2:4194 over SPDM'
right < <(printf '\357\273\277'; sed 's/$/\r/' <<<"$good")

right <<'Y'
listen: [ "tls://0.0.0.0:7443" ]
attest: auto
clients: any
egress: [ { service: db, to: "tcp://127.0.0.1:5432" } ]
Y
says "the service 'db' at 127.0.0.1:5432"
says 'whichever TEE is here'
says 'any client, without evidence'

# C10: what is dangerous is said to be.
right <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { insecure_skip_appraisal: true } }
Y
says 'INSECURE: insecure_skip_appraisal'
printf 'accept: [ { platform: snp, insecure_any_measurement: true, insecure_any_instance: true } ]\n' \
    >"$work/any.yaml"
right <<'Y'
links:
  cloud: { connect: "tls://h:1", verify: { policy: any.yaml } }
Y
says 'INSECURE: .*insecure_any_measurement'
says 'INSECURE: .*insecure_any_instance'

# C13: the gateway's key.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=gateway \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
keyed="$good
identity: { key: key.pem, certificate: certificate.pem }"
chmod 600 "$work/key.pem"
right <<<"$keyed"
says 'key is read from'
chmod 644 "$work/key.pem"
wrong 'key.pem: others can read' <<<"$keyed"

# C11: no environment variable is read anywhere, so none can weaken anything.
# ... but that of programs which `cix exec` runs: there is no other way into them.
expect 1 grep -rn 'getenv' "$here/../../src" "$here/../../include" --exclude-dir=preload --exclude=exec.c

finish
