/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The gateway as one call, and how others ask it how it is. */

#include "codec/yaml.h"

/*
 * Runs the gateway that the file `config_path` describes until SIGTERM or SIGINT has drained it;
 * SIGHUP reads the file again. `out_problem` says in words what is wrong, with the line when it is
 * the configuration: then MALFORMED, before anything listens. UNAVAILABLE for whatever the machine
 * refuses: a busy port, no TEE.
 */
status gateway_run(const char *config_path, struct problem *out_problem);

/*
 * Who connects to the control socket (a Unix socket for its owner only) is sent one JSON object and
 * then the end; nothing is read from him:
 *
 *   { "version": "0.1.0", "since": "2026-01-15T10:00:00Z", "draining": false, "attest": "snp",
 *     "insecure": [ "clients: any" ], "denied": 0, "shed": 0,
 *     "links": [ { "name": "cloud", "peer": "10.0.0.2:7443", "state": "up", "platform": "tdx",
 *                  "measurement": "<hex>", "verdict": "accepted", "round": 3,
 *                  "since": "...", "next_round": "...", "lanes": 2, "streams": 7,
 *                  "streams_begun": 90, "streams_reset": 1, "bytes_in": 1, "bytes_out": 2,
 *                  "reason": "..." } ] }
 *
 * A link of the configuration that is down is listed with "state": "down" and its last "reason".
 * Times are RFC 3339; whatever does not apply is null or left out.
 */
