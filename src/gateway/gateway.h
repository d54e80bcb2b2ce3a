/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The gateway: as one call, in steps, and how others ask it how it is. */

#include "gateway/config.h"

/*
 * Runs the gateway that the file `config_path` describes until SIGTERM or SIGINT has drained it; a
 * second one ends it at once. `out_problem` says in words what is wrong, with the line when it is
 * the configuration: then MALFORMED, before anything listens. UNAVAILABLE for whatever the machine
 * refuses: a busy port, no TEE.
 */
status gateway_run(const char *config_path, struct problem *out_problem);

/* ---- in steps; several may live in one process ---- */

struct gateway;

/*
 * Reads what the configuration names (policies, endorsements, keys) and binds its ports; nobody is
 * served yet. `config` is borrowed until gateway_free(). Fails as gateway_run().
 */
status gateway_new(const struct config *config, struct gateway **out, struct problem *out_problem);

/* Before gateway_serve(), on the same thread: SIGTERM and SIGINT call gateway_stop(). */
status gateway_take_signals(struct gateway *gateway);

/* Until stopped. */
status gateway_serve(struct gateway *gateway);

/*
 * From any thread. The first time: takes nobody new in and goes on until the streams are over or
 * the configured time is; the second time: ends them.
 */
void gateway_stop(struct gateway *gateway);

void gateway_free(struct gateway *gateway);

/*
 * Who connects to the control socket (a Unix socket for its owner only) is sent one JSON object and
 * then the end; nothing is read from him:
 *
 *   { "version": "0.1.0", "since": "2026-01-15T10:00:00Z", "draining": false, "attest": "snp",
 *     "clients": "any", "insecure": [ "cloud: insecure_any_instance" ], "threads": 2,
 *     "connections": 7, "denied": 0, "shed": 0,  "log_lost": 0,
 *     "guard": { "on": true, "refused_packets": 0, "refused_bytes": 0 },
 *     "links": [ { "name": "cloud", "side": "client", "peer": "10.0.0.2:7443", "state": "up",
 *                  "platform": "tdx", "measurement": "<hex>", "verdict": "accepted", "round": 3,
 *                  "since": "...", "next_round": "...", "lanes": 2, "streams": 7,
 *                  "streams_begun": 90, "streams_reset": 1, "bytes_in": 1, "bytes_out": 2 },
 *                { "name": "spare", "side": "client", "state": "down", "reason": "...",
 *                  "denied": true, "next_try": "..." } ] }
 *
 * "bytes_in" came from the peer's applications, "bytes_out" went to them. A link of the
 * configuration that is not up has the state "down", "connecting" or "proving", and the reason why
 * it ended the last time. A client's link has no name.
 * "guard" is there with a transparent ingress; "trouble" in it says why it cannot be told. Times
 * are RFC 3339; whatever does not apply is left out.
 */
