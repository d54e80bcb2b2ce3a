/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/tdi.h"

#include <string.h>

/* States in which a request is legal. */
#define IN(state) (1u << SPDM_TDISP_##state)
enum {
    ANY_STATE = IN(UNLOCKED) | IN(LOCKED) | IN(RUN) | IN(FAILED),
    SURE = 1 << 8, /* and the state is known */
};

/* What must be known or have been asked for. */
enum { NOTHING = 0, VERSION = 1, CAPABILITIES = 2, NONCE = 4, REPORT = 8, P2P = 16 };

struct rule {
    uint8_t request;
    unsigned legal;
    unsigned needs;
    void (*add)(const struct spdm_tdi *, struct spdm_tdisp *);    /* what we know; NULL: nothing */
    status (*take)(struct spdm_tdi *, const struct spdm_tdisp *); /* NULL: there is nothing in it */
};

/* ---- what we add ---- */

static void add_nonce(const struct spdm_tdi *tdi, struct spdm_tdisp *request)
{
    memcpy(request->nonce, tdi->nonce, sizeof request->nonce);
}

/* From where the last portion ended; a report that was whole is read anew. */
static void add_portion(const struct spdm_tdi *tdi, struct spdm_tdisp *request)
{
    request->wanted.offset = tdi->has_report ? 0 : (uint16_t)tdi->report_size;
    if (!request->wanted.length || request->wanted.length > SPDM_TDI_PORTION_SIZE_MAX)
        request->wanted.length = SPDM_TDI_PORTION_SIZE_MAX;
}

/* ---- what the answers make of it ---- */

static void forget_lock(struct spdm_tdi *tdi)
{
    wipe(tdi->nonce, sizeof tdi->nonce);
    tdi->has_nonce = tdi->has_report = false;
    tdi->report_size = 0;
}

static status take_version(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    for (size_t i = 0; i < answer->versions.count; i++)
        tdi->has_version |= answer->versions.numbers[i] == SPDM_TDISP_1_0;
    return tdi->has_version ? OK : FAIL(UNSUPPORTED, "the device speaks no TDISP that we do");
}

static status take_capabilities(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    tdi->capabilities = answer->capabilities;
    tdi->has_capabilities = true;
    return OK;
}

static status take_lock(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    forget_lock(tdi);
    memcpy(tdi->nonce, answer->nonce, sizeof tdi->nonce);
    tdi->has_nonce = true;
    tdi->state = SPDM_TDISP_LOCKED;
    return OK;
}

static status take_report(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    const slice portion = answer->report.portion;
    const size_t offset = tdi->has_report ? 0 : tdi->report_size;
    const size_t whole = offset + portion.size + answer->report.remainder_size;
    if (!portion.size)
        return FAIL(MALFORMED, "a portion of a TDISP report that is empty");
    if (whole > tdi->report_capacity || whole > UINT16_MAX)
        return FAIL(EXHAUSTED, "the device's TDISP report is longer than we take");
    memcpy(tdi->report + offset, portion.data, portion.size);
    tdi->report_size = offset + portion.size;
    tdi->has_report = answer->report.remainder_size == 0;
    return OK;
}

/* A lock that is not there any more is not ours; and one that we did not ask for never was. */
static status take_state(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    if (answer->state != SPDM_TDISP_LOCKED && answer->state != SPDM_TDISP_RUN)
        forget_lock(tdi);
    tdi->state = (enum spdm_tdisp_state)answer->state;
    tdi->is_unsure = false;
    return OK;
}

static status take_start(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    (void)answer;
    wipe(tdi->nonce, sizeof tdi->nonce); /* good for once */
    tdi->has_nonce = false;
    tdi->state = SPDM_TDISP_RUN;
    return OK;
}

static status take_stop(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    (void)answer;
    forget_lock(tdi);
    tdi->state = SPDM_TDISP_UNLOCKED;
    tdi->is_unsure = false;
    return OK;
}

/* ---- the table ---- */

/* spec: PCI Express Base Specification 6.1, "TDISP Request Codes": legal TDI states */
/* clang-format off */
static const struct rule rules[] = {
    /* request                               legal in                       needs                  add          take */
    { SPDM_TDISP_GET_VERSION,                ANY_STATE,                     NOTHING,               NULL,        take_version },
    { SPDM_TDISP_GET_CAPABILITIES,           ANY_STATE,                     VERSION,               NULL,        take_capabilities },
    { SPDM_TDISP_LOCK_INTERFACE,             SURE | IN(UNLOCKED),           CAPABILITIES,          NULL,        take_lock },
    { SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT,SURE | IN(LOCKED) | IN(RUN),   CAPABILITIES,          add_portion, take_report },
    { SPDM_TDISP_GET_DEVICE_INTERFACE_STATE, ANY_STATE,                     VERSION,               NULL,        take_state },
    { SPDM_TDISP_START_INTERFACE,            SURE | IN(LOCKED),             NONCE | REPORT,        add_nonce,   take_start },
    { SPDM_TDISP_STOP_INTERFACE,             ANY_STATE,                     VERSION,               NULL,        take_stop },
    { SPDM_TDISP_BIND_P2P_STREAM,            SURE | IN(RUN),                P2P,                   NULL,        NULL },
    { SPDM_TDISP_UNBIND_P2P_STREAM,          SURE | IN(RUN),                P2P,                   NULL,        NULL },
    { SPDM_TDISP_SET_MMIO_ATTRIBUTE,         SURE | IN(RUN),                CAPABILITIES,          NULL,        NULL },
};
/* clang-format on */

static const struct rule *rule_for(uint8_t request)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].request == request)
            return &rules[i];
    return NULL;
}

void spdm_tdi_begin(struct spdm_tdi *tdi, uint32_t function_id, uint8_t *report_space, size_t size)
{
    *tdi = (struct spdm_tdi){.function_id = function_id,
                             .report = report_space,
                             .report_capacity = size,
                             .is_unsure = true}; /* somebody may have left it locked */
}

/* ---- to ask ---- */

static unsigned known(const struct spdm_tdi *tdi)
{
    return (tdi->has_version ? VERSION : 0u) | (tdi->has_capabilities ? CAPABILITIES : 0u) |
           (tdi->has_nonce ? NONCE : 0u) | (tdi->has_report ? REPORT : 0u) |
           (tdi->lock.flags & SPDM_TDISP_BIND_P2P ? P2P : 0u);
}

/* One bit a request, from the first; those of the handshake itself are not among them. */
static bool is_offered(const struct spdm_tdi *tdi, uint8_t request)
{
    const unsigned number = request & 0x7Fu;
    return request == SPDM_TDISP_GET_VERSION || request == SPDM_TDISP_GET_CAPABILITIES ||
           !tdi->has_capabilities || tdi->capabilities.requests[number / 8] >> number % 8 & 1;
}

static status may_ask(const struct spdm_tdi *tdi, const struct rule *rule,
                      const struct spdm_tdisp *what)
{
    const bool is_legal = rule->legal & 1u << tdi->state || tdi->is_unsure;
    if (tdi->awaited)
        return FAIL(UNEXPECTED, "TDISP request while an answer is awaited");
    if (!is_legal || (rule->legal & SURE && tdi->is_unsure))
        return FAIL(UNEXPECTED, "TDISP request in a state where it is not legal");
    if (rule->needs & ~known(tdi))
        return FAIL(UNEXPECTED, "TDISP request before what it rests on");
    if (!is_offered(tdi, rule->request))
        return FAIL(UNSUPPORTED, "TDISP request that the device does not know");
    if (rule->request == SPDM_TDISP_LOCK_INTERFACE &&
        what->lock.flags & ~tdi->capabilities.lock_flags)
        return FAIL(UNSUPPORTED, "TDISP lock of a kind that the device does not know");
    return OK;
}

status spdm_tdi_ask(struct spdm_tdi *tdi, const struct spdm_tdisp *what, struct writer *payload)
{
    const struct rule *const rule = rule_for(what->type);
    struct spdm_tdisp request = *what;
    slice written;
    if (!rule)
        return FAIL(UNSUPPORTED, "TDISP request that is none of ours");
    TRY(may_ask(tdi, rule, what));
    request.version = SPDM_TDISP_1_0;
    request.function_id = tdi->function_id;
    if (rule->add)
        rule->add(tdi, &request);
    spdm_tdisp_write(payload, &request);
    TRY(writer_finish(payload, &written));
    if (what->type == SPDM_TDISP_LOCK_INTERFACE)
        tdi->lock = what->lock;
    tdi->awaited = what->type;
    return OK;
}

/* ---- what comes ---- */

static status take_error(struct spdm_tdi *tdi, const struct spdm_tdisp *answer)
{
    tdi->error = answer->error.code ? answer->error.code : SPDM_TDISP_UNSPECIFIED;
    tdi->error_data = answer->error.data;
    tdi->is_unsure |= tdi->error != SPDM_TDISP_BUSY;
    return FAIL(UNAVAILABLE, "the device answered with a TDISP error");
}

static status take(struct spdm_tdi *tdi, const struct rule *rule, slice payload)
{
    struct spdm_tdisp answer;
    TRY(spdm_tdisp_read(payload, &answer));
    if (answer.version != SPDM_TDISP_1_0 || answer.function_id != tdi->function_id)
        return FAIL(UNEXPECTED, "TDISP answer of another version or interface");
    if (answer.type == SPDM_TDISP_ERROR)
        return take_error(tdi, &answer);
    if (answer.type != (rule->request & 0x7F))
        return FAIL(UNEXPECTED, "TDISP answer to another request");
    return rule->take ? rule->take(tdi, &answer) : OK;
}

status spdm_tdi_take(struct spdm_tdi *tdi, slice payload)
{
    const struct rule *const rule = rule_for(tdi->awaited);
    if (!rule)
        return FAIL(UNEXPECTED, "TDISP answer that nobody asked for");
    tdi->awaited = 0;
    tdi->error = tdi->error_data = 0;
    const status taken = take(tdi, rule, payload);
    if (taken.fault && !tdi->error)
        tdi->is_unsure = true;
    return taken;
}

status spdm_tdi_report(const struct spdm_tdi *tdi, struct spdm_tdisp_report *out)
{
    if (!tdi->has_report)
        return FAIL(UNEXPECTED, "the TDISP report is not whole");
    return spdm_tdisp_report_read((slice){tdi->report, tdi->report_size}, out);
}
