#!/bin/bash
# The echo example over libcix: built against an installed library with its pkg-config file, it talks to the TEE that
# the policy names and to no other.
. "$(dirname "$0")/lib.sh"

: "${ECHO:?the built example}" "${BUILD:?the build folder}" "${SOURCE:?the source folder}"
if [ ! -w /dev/fuse ]; then
    skip 1 "no FUSE here"
    finish
    exit
fi
state=$work/state tsm=$work/tsm port=$((20000 + $$ % 20000))
mkdir -p "$tsm"
expect 0 "$CIX" sim --platform tdx --state "$state" --mount "$tsm"
processes+=("$(sed -n 's/.*process \([0-9]*\)$/\1/p' "$work/out")")

expect 0 "$CIX" attest --tsm-root "$tsm" --report-data 00 --out "$work/evidence"
expect 0 "$CIX" inspect "$work/evidence" --json
mrtd=$(jq -r .claims.body.mrtd "$work/out")
policy() {
    printf 'accept:\n  - platform: tdx\n    measurement: "%s"\n    insecure_any_instance: true\n' "$1" >"$work/policy"
}

# serve NAME OPTION...: the server in the background, until the next one.
server=
serve() {
    [ -z "$server" ] || end "$server"
    "$ECHO" serve 127.0.0.1 "$port" --insecure-any-client "$@" >"$work/server" 2>&1 &
    server=$!
    processes+=("$server")
    for _ in $(seq 100); do
        grep -q listening "$work/server" && return
        sleep 0.05
    done
    fail "the server does not listen"
}

call() {
    local wanted=$1 given=()
    shift
    for file in "$state"/endorsements/*; do [ -f "$file" ] && given+=(--endorsements "$file"); done
    expect "$wanted" "$ECHO" call 127.0.0.1 "$port" --policy "$work/policy" "${given[@]}" "$@" "words that matter"
}

serve --attest tdx --tsm-root "$tsm"
policy "$mrtd"
call 0 --trust "$state/trust/tdx-root.pem"
says 'words that matter'
says 'the peer is tdx'

# Nobody told it to believe the simulator.
call 2
says TDX_ROOT_UNTRUSTED
says_not 'words that matter'
grep -q 'the peer refused us.*TDX_ROOT_UNTRUSTED' "$work/server" && pass || fail "the server was not told why"

# Another measurement than the policy names.
policy "$(printf '%s' "$mrtd" | tr '0-9a-f' '1-9a-f0')"
call 2 --trust "$state/trust/tdx-root.pem"
says TDX_MEASUREMENT_NOT_ACCEPTED
says_not 'words that matter'

# A server that proves nothing.
policy "$mrtd"
serve
call 2 --trust "$state/trust/tdx-root.pem"
says PEER_HAS_NO_EVIDENCE
says_not 'words that matter'

# A policy that lets anybody in is no policy.
echo '{}' >"$work/policy"
call 1
says 'policy, line'

# As others build against it. A library with sanitizers in it is for nobody else.
if nm -D "$BUILD/src/lib/libcix.so" | grep -q __asan; then
    skip 2 "a library with sanitizers"
else
    DESTDIR=$work/installed meson install -C "$BUILD" --no-rebuild >"$work/out" 2>"$work/err" && pass || fail "not installed"
    pc=$(find "$work/installed" -name cix.pc)
    cflags=$(PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$work/installed pkg-config --cflags --libs cix)
    # shellcheck disable=SC2086
    expect 0 cc -std=c17 -D_GNU_SOURCE -o "$work/echo" "$SOURCE/examples/echo.c" $cflags
fi
finish
