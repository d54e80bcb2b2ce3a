/* SPDX-License-Identifier: Apache-2.0 */

/* A device that answers TDISP and IDE_KM with anything, while a requester asks what it may. */

#include "spdm/ide.h"
#include "spdm/tdi.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REPORT_MAX = 300, PAYLOAD_MAX = 2048, IDE = 1 << 6 };

static uint8_t space[PAYLOAD_MAX];

static void talk_of_interface(struct spdm_tdi *tdi, uint8_t choice, slice answer)
{
    const struct spdm_tdisp what = {.type = (uint8_t)(SPDM_TDISP_GET_VERSION + choice % 12)};
    const enum spdm_tdisp_state before = tdi->state;
    struct writer payload = writer_over(space, sizeof space);
    if (spdm_tdi_ask(tdi, &what, &payload).fault)
        return;
    const bool is_taken = !spdm_tdi_take(tdi, answer).fault;
    assert(tdi->report_size <= REPORT_MAX);
    assert(is_taken || tdi->state == before);
    assert(!(tdi->state == SPDM_TDISP_RUN && before != SPDM_TDISP_RUN) ||
           what.type == SPDM_TDISP_START_INTERFACE ||
           what.type == SPDM_TDISP_GET_DEVICE_INTERFACE_STATE);
    assert(!tdi->has_nonce || tdi->state == SPDM_TDISP_LOCKED || tdi->state == SPDM_TDISP_RUN);
}

static void talk_of_keys(struct spdm_ide_stream *stream, uint8_t choice, slice answer)
{
    static const uint8_t secret[SPDM_IDEKM_KEY_SIZE + SPDM_IDEKM_PCIE_IV_SIZE];
    const uint8_t object = (uint8_t)(SPDM_IDEKM_KEY_PROG + choice % 4);
    const uint8_t key = answer.size > 6 ? answer.data[6] : 0;
    const enum spdm_ide_state before = spdm_ide_state(stream, key);
    struct writer payload = writer_over(space, sizeof space);
    if (spdm_ide_ask(stream, (enum spdm_idekm_object)object, key,
                     object == SPDM_IDEKM_KEY_PROG ? SLICE(secret) : (slice){0}, &payload)
            .fault)
        return;
    assert(object != SPDM_IDEKM_KEY_PROG || before != SPDM_IDE_IN_USE);
    if (spdm_ide_take(stream, answer).fault)
        assert(spdm_ide_state(stream, key) == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t report[REPORT_MAX];
    struct spdm_tdi tdi;
    struct spdm_ide_stream stream = {.port = 1};
    struct reader reader = reader_of((slice){data, size});
    spdm_tdi_begin(&tdi, 0xbeef, report, sizeof report);
    while (reader.left.size) {
        const uint8_t choice = read_u8(&reader);
        const slice answer = read_bytes(&reader, read_u8(&reader));
        if (choice & IDE)
            talk_of_keys(&stream, choice, answer);
        else
            talk_of_interface(&tdi, choice, answer);
    }
    return 0;
}
