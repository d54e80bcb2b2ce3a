# Sourced by the scripts here. $CIX is the built program; $CIX_SHARED the shared samples, if any.
# Each script counts what it expected and ends with `finish`: N passed, N failed, N skipped.
set -eu

: "${CIX:?the built cix}"
here=$(cd "$(dirname "$0")" && pwd)
shared=${CIX_SHARED:-$here/../../../shared}
passed=0 failed=0 skipped=0
work=$(mktemp -d)
processes=()

# end PROCESS: asks it to end, and waits until it has (a process nobody reaped has ended too).
end() {
    kill "$1" 2>/dev/null || return 0
    for _ in $(seq 200); do
        grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$1" 2>/dev/null || true
}

at_exit() {
    local process
    for process in "${processes[@]}"; do end "$process"; done
    rm -rf "$work"
}
trap at_exit EXIT

pass() { passed=$((passed + 1)); }

fail() {
    failed=$((failed + 1))
    echo "FAIL $*"
    sed 's/^/    /' "$work/out" "$work/err" 2>/dev/null | head -20
}

skip() {
    skipped=$((skipped + $1))
    echo "skipped $1: $2"
}

# expect CODE COMMAND...: runs it, keeps what it said in $work/out and $work/err.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    if [ "$code" = "$wanted" ]; then pass; else fail "exit $code instead of $wanted: $*"; fi
}

# says PATTERN: the last command said it, in any of its outputs.
says() {
    if cat "$work/out" "$work/err" | grep -Eq -e "$1"; then pass; else fail "nobody said: $1"; fi
}

# says_not PATTERN
says_not() {
    if cat "$work/out" "$work/err" | grep -Eq -e "$1"; then fail "somebody said: $1"; else pass; fi
}

# field NAME.NAME VALUE: the last command's JSON has this value (written as JSON) there.
field() {
    if jq -e --arg name "$1" --argjson wanted "$2" \
        'reduce ($name | split("."))[] as $part (.; if type == "object" then .[$part] else null end)
         | . == $wanted' "$work/out" >/dev/null 2>&1; then pass; else fail "$1 is not $2"; fi
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
