/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The requester's side of IDE_KM: the keys of one encrypted stream of a PCIe port, from the first
 * to their replacement. Each of the three sub-streams has a key each way in two sets, one of which
 * is in use:
 *
 *     EMPTY -- KEY_PROG --> PROGRAMMED -- K_SET_GO --> IN_USE -- K_SET_STOP --> EMPTY
 *
 * A set that is not in use is programmed while the other is, and goes in its place. What a port can
 * do is asked with the messages alone (QUERY), which change nothing. Payloads go in
 * and out as with spdm/tdi.h, and hold keys: whoever lent the space wipes it.
 * spec: PCI Express Base Specification 6.0, "IDE Key Management (IDE_KM)"
 */

#include "spdm/message/idekm.h"

enum {
    SPDM_IDE_SUB_STREAMS = 3,
    SPDM_IDE_KEYS = 2 * 2 * SPDM_IDE_SUB_STREAMS, /* set, direction, sub-stream */
};

enum spdm_ide_state { SPDM_IDE_EMPTY, SPDM_IDE_PROGRAMMED, SPDM_IDE_IN_USE };

struct spdm_ide_stream {
    uint8_t port;
    uint8_t stream;
    enum spdm_ide_state keys[SPDM_IDE_KEYS];
    uint8_t awaited; /* enum spdm_idekm_object that was sent; 0 (a query): none */
    uint8_t key;     /* ... and of which key: enum spdm_idekm_key */
    uint8_t status;  /* enum spdm_idekm_status, of the last KP_ACK */
};

/*
 * Appends KEY_PROG, K_SET_GO or K_SET_STOP for `key`. `secret` is of KEY_PROG: the key and its IV.
 * UNEXPECTED while an answer is awaited, or when the key is not in the state for it: one in use is
 * not written over.
 */
status spdm_ide_ask(struct spdm_ide_stream *stream, enum spdm_idekm_object object, uint8_t key,
                    slice secret, struct writer *payload);
/* UNAVAILABLE when the port refused, which `status` then says; UNEXPECTED when it is no answer to
 * what was asked. The key stays in its state. */
status spdm_ide_take(struct spdm_ide_stream *stream, slice payload);

enum spdm_ide_state spdm_ide_state(const struct spdm_ide_stream *stream, uint8_t key);
/* Every sub-stream is encrypted both ways. */
bool spdm_ide_is_in_use(const struct spdm_ide_stream *stream);
