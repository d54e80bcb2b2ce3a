/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/registers.h"

#include <string.h>

status registers_begin(enum hash hash, struct registers *out)
{
    if (!hash_size(hash))
        return FAIL(UNSUPPORTED, "no such hash");
    *out = (struct registers){.hash = hash};
    for (size_t i = 0; i < REGISTERS_MAX; i++)
        out->values[i].size = hash_size(hash);
    return OK;
}

static slice value_of(const struct registers *registers, size_t index)
{
    return (slice){registers->values[index].data, registers->values[index].size};
}

status register_extend(struct registers *registers, size_t index, slice digest)
{
    struct digest extended;
    if (index >= REGISTERS_MAX || digest.size != hash_size(registers->hash))
        return FAIL(MALFORMED, "no such register, or a digest of another hash");
    TRY(digest_of_two(registers->hash, value_of(registers, index), digest, &extended));
    registers->values[index] = extended;
    registers->extended |= UINT32_C(1) << index;
    return OK;
}

bool register_is_extended(const struct registers *registers, size_t index)
{
    return index < REGISTERS_MAX && (registers->extended >> index & 1);
}

bool register_is(const struct registers *registers, size_t index, slice value)
{
    return index < REGISTERS_MAX && slice_equal(value_of(registers, index), value);
}

/* ---- replay ---- */

static const char startup_signature[] = "StartupLocality"; /* with its NUL */

static bool tells_startup_locality(const struct event *event)
{
    return event->index == 0 && event->data.size >= sizeof startup_signature &&
           memcmp(event->data.data, startup_signature, sizeof startup_signature) == 0;
}

/* spec: TCG PC Client Platform Firmware Profile 1.06, "Startup Locality Event" */
static status begin_at_locality(const struct event *event, struct registers *registers)
{
    struct digest *const pcr0 = &registers->values[0];
    if (event->data.size != sizeof startup_signature + 1)
        return FAIL(MALFORMED, "the event of the startup locality has another size");
    const uint8_t locality = event->data.data[sizeof startup_signature];
    if (locality != 0 && locality != 3 && locality != 4)
        return FAIL(MALFORMED, "no TPM starts at such a locality");
    if (register_is_extended(registers, 0))
        return FAIL(MALFORMED, "the startup locality comes after PCR 0 was extended");
    pcr0->data[pcr0->size - 1] = locality;
    registers->extended |= 1;
    return OK;
}

static status replay_event(const struct event_log *log, const struct event *event,
                           struct registers *registers)
{
    if (event->type != EV_NO_ACTION)
        return register_extend(registers, event->index, event_digest(log, event, registers->hash));
    if (log->kind == EVENT_LOG_TPM && tells_startup_locality(event))
        return begin_at_locality(event, registers);
    return OK;
}

static bool has_digests_of(const struct event_log *log, enum hash hash)
{
    for (size_t i = 0; i < log->algorithm_count; i++)
        if (log->algorithms[i] == hash)
            return true;
    return false;
}

status event_log_replay(enum event_log_kind kind, slice bytes, struct registers *registers)
{
    struct registers draft = *registers;
    struct event_log log;
    TRY(event_log_begin(kind, bytes, &log));
    if (!has_digests_of(&log, draft.hash))
        return FAIL(UNSUPPORTED, "the event log has no digests of this hash");
    for (bool more = true; more;) {
        struct event event = {0};
        TRY(event_log_next(&log, &event, &more));
        if (more)
            TRY(replay_event(&log, &event, &draft));
    }
    *registers = draft;
    return OK;
}
