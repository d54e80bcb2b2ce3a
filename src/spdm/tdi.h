/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The requester's side of TDISP: one interface of a device on its way into a confidential machine.
 * What may be asked in which state, and what the answers make of it, is a table in tdi.c.
 *
 *     UNLOCKED -- lock --> LOCKED -- report, start --> RUN       stop, from anywhere --> UNLOCKED
 *
 * Payloads go in and out; a session carries them (spdm_requester_pci()):
 *   TRY(spdm_tdi_ask(&tdi, &(struct spdm_tdisp){.type = SPDM_TDISP_LOCK_INTERFACE, ...},
 * &payload));
 *   ...
 *   TRY(spdm_tdi_take(&tdi, requester.payload));
 * Nothing is started whose report was not read to its end: what is in it, the caller judges first.
 * A device may fall back by itself, so the state is what it last told.
 * spec: PCI Express Base Specification 6.1, "TDISP Rules", "TDI states"
 */

#include "spdm/message/tdisp_report.h"

enum { SPDM_TDI_PORTION_SIZE_MAX = 1024 };

struct spdm_tdi {
    uint32_t function_id;
    uint8_t *report; /* lent */
    size_t report_capacity;

    enum spdm_tdisp_state state;
    bool is_unsure; /* the device did not do as it should in this state: only its state may be
                       asked, or that it stops */
    bool has_version, has_capabilities, has_nonce, has_report;
    uint8_t awaited; /* the request that is not answered yet; 0: none */
    struct spdm_tdisp_capabilities capabilities;
    struct spdm_tdisp_lock lock; /* as it was asked for */
    uint8_t nonce[SPDM_TDISP_NONCE_SIZE];
    size_t report_size;         /* so far; all of it with has_report */
    uint32_t error, error_data; /* enum spdm_tdisp_error, of the last answer; 0: it was none */
};

void spdm_tdi_begin(struct spdm_tdi *tdi, uint32_t function_id, uint8_t *report_space, size_t size);

/*
 * Appends a request of `what->type` with the member that the type has; the rest of it, a nonce and
 * which portion of the report is asked for, is known here. UNEXPECTED in another state, while an
 * answer is awaited or before what it rests on; UNSUPPORTED when the device cannot.
 */
status spdm_tdi_ask(struct spdm_tdi *tdi, const struct spdm_tdisp *what, struct writer *payload);

/*
 * Takes the answer. UNAVAILABLE when it is an error, which `error` then is; MALFORMED and
 * UNEXPECTED when it is no answer to what was asked, after which the state is unsure. EXHAUSTED
 * when the report is longer than its space. A report is whole with has_report; until then, ask on.
 */
status spdm_tdi_take(struct spdm_tdi *tdi, slice payload);

/* The report of the interface that is locked. UNEXPECTED before it is whole. */
status spdm_tdi_report(const struct spdm_tdi *tdi, struct spdm_tdisp_report *out);
