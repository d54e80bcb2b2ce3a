# A peer of the tunnel benchmark: two cix gateways, mutually attested (simulated SNP and TDX).
# CIX names the binary, CIX_BENCH_STATE a folder for the simulated vendors' keys.
PEER_DESC="cix gateways, TLS 1.3, mutual attestation, streams on lanes"
PEER_CRYPTO="TLS1.3 AES-256-GCM"
PEER_MAX_IDLE=9000
MEASUREMENT=$(printf 'bench' | sha384sum | cut -d' ' -f1)

peer_available() { [ -x "${CIX:-}" ]; }

cix_sim() {
    mkdir -p "$RUN/$1.tsm"
    "$CIX" sim --state "$CIX_BENCH_STATE" --mount "$RUN/$1.tsm" --platform "$1" --measurement "$MEASUREMENT" |
        grep -o '[0-9]*$' >"$RUN/$1.pid"
}

peer_prepare() {
    cix_sim snp
    cix_sim tdx
    for platform in snp tdx; do
        cat >"$RUN/$platform.policy" <<P
trust: [ $CIX_BENCH_STATE/trust/$platform-root.pem ]
endorsements: [ $CIX_BENCH_STATE/endorsements ]
accept: [ { platform: $platform, measurement: $MEASUREMENT, insecure_any_instance: true } ]
P
    done
    cat >"$RUN/egress.yaml" <<C
listen: [ "tls://$LINK" ]
attest: tdx
tsm_root: $RUN/tdx.tsm
clients: { policy: snp.policy }
egress: [ { service: origin, to: "tcp://$ORIGIN" } ]
control_socket: none
threads: $THREADS
C
    cat >"$RUN/ingress.yaml" <<C
attest: snp
tsm_root: $RUN/snp.tsm
links: { far: { connect: "tls://$LINK", verify: { policy: tdx.policy } } }
ingress: [ { listen: "tcp://$INGRESS", to: far/origin } ]
control_socket: none
threads: $THREADS
C
}
peer_egress() { exec "$CIX" run -c "$RUN/egress.yaml"; }
peer_ingress() { exec "$CIX" run -c "$RUN/ingress.yaml"; }
peer_down() {
    for platform in snp tdx; do
        [ -s "$RUN/$platform.pid" ] && kill "$(cat "$RUN/$platform.pid")" || true
    done
    sleep 0.3
}
