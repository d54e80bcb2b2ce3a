/* SPDX-License-Identifier: Apache-2.0 */

/*
 * KEY_PAIR_INFO and SET_KEY_PAIR_INFO_ACK: which keys we have, and what each is for.
 * spec: DSP0274 1.4, "GET_KEY_PAIR_INFO request and KEY_PAIR_INFO response messages",
 * "SET_KEY_PAIR_INFO request and SET_KEY_PAIR_INFO_ACK response messages"
 */

#include "spdm/responder_parts.h"

status spdm_find_key_pair(const struct spdm_asking *asking, uint8_t key_pair_id,
                          struct spdm_key_pair_info *out)
{
    const struct spdm_responder *const responder = asking->responder;
    struct spdm_key_pair_info info = {0};
    if (!responder->setup->duties.key_pair)
        return FAIL(UNSUPPORTED, "nobody tells of key pairs");
    if (key_pair_id == 0)
        return FAIL(UNEXPECTED, "key pairs are numbered from 1");
    TRY(responder->setup->duties.key_pair(responder->context, key_pair_id, &info));
    info.key_pair_id = key_pair_id;
    *out = info;
    return OK;
}

status spdm_answer_key_pair_info(struct spdm_asking *asking)
{
    const struct spdm_connection *const connection = asking->connection;
    struct spdm_key_pair_info info;
    uint8_t key_pair_id;
    slice request;
    TRY(spdm_get_key_pair_info_read(&asking->reader, &key_pair_id));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_find_key_pair(asking, key_pair_id, &info));
    if (!(spdm_connection_flags(connection) & SPDM_SET_KEY_PAIR_INFO_CAP))
        info.capabilities = 0; /* nothing can be changed */
    spdm_key_pair_info_write(asking->out, &connection->shape, &info);
    return OK;
}

/* ---- what may be changed ---- */

static bool is_one_at_most(uint32_t bits)
{
    return (bits & (bits - 1)) == 0;
}

/* `wanted` may be had: nothing, or some of `possible` where the pair can change that. */
static bool may_have(bool can_change, uint32_t wanted, uint32_t possible)
{
    return wanted == 0 || (can_change && !(wanted & ~possible));
}

static status check_desires(const struct spdm_key_pair_info *pair,
                            const struct spdm_set_key_pair_info *asked)
{
    const unsigned can = pair->capabilities;
    const bool changes_algorithm = can & SPDM_KEY_PAIR_CHANGES_ALGORITHM;
    if (!may_have(can & SPDM_KEY_PAIR_CHANGES_USAGE, asked->usage, pair->usage_capabilities))
        return FAIL(UNEXPECTED, "a key pair cannot be for that");
    if (!may_have(changes_algorithm, asked->algorithm, pair->algorithm_capabilities) ||
        !may_have(changes_algorithm, asked->post_quantum_algorithm,
                  pair->post_quantum_capabilities))
        return FAIL(UNEXPECTED, "a key pair cannot be of that algorithm");
    if (!is_one_at_most(asked->algorithm) || !is_one_at_most(asked->post_quantum_algorithm) ||
        (asked->algorithm && asked->post_quantum_algorithm))
        return FAIL(UNEXPECTED, "a key pair is of one algorithm");
    if (!(can & SPDM_KEY_PAIR_CHANGES_SLOTS) && asked->slots && asked->slots != pair->slots)
        return FAIL(UNEXPECTED, "a key pair stays in its slots");
    if (!(can & SPDM_KEY_PAIR_IS_SHARED) && !is_one_at_most(asked->slots))
        return FAIL(UNEXPECTED, "a key pair is in one slot");
    return OK;
}

/* A key that chains are for is neither erased nor made anew. */
static status check_operation(struct spdm_asking *asking, const struct spdm_key_pair_info *pair,
                              const struct spdm_set_key_pair_info *asked)
{
    static const uint16_t needed[] = {
        [SPDM_KEY_PAIR_CHANGE] = 0,
        [SPDM_KEY_PAIR_ERASE] = SPDM_KEY_PAIR_ERASES,
        [SPDM_KEY_PAIR_GENERATE] = SPDM_KEY_PAIR_GENERATES,
    };
    const uint16_t need = needed[asked->operation];
    if ((pair->capabilities & need) != need)
        return FAIL(UNEXPECTED, "a key pair is neither made nor erased on demand");
    TRY(check_desires(pair, asked));
    if (need && pair->slots)
        return spdm_refuse(asking, SPDM_OPERATION_FAILED, 0);
    return OK;
}

status spdm_answer_set_key_pair_info(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_pending pending = {0};
    struct spdm_set_key_pair_info asked;
    struct spdm_key_pair_info pair;
    slice request;
    if (!responder->setup->duties.set_key_pair)
        return FAIL(UNSUPPORTED, "nobody changes key pairs");
    TRY(spdm_set_key_pair_info_read(&asking->reader, &asking->connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_may_provision(asking, false));
    TRY(spdm_find_key_pair(asking, asked.key_pair_id, &pair));
    TRY(check_operation(asking, &pair, &asked));

    const status done = responder->setup->duties.set_key_pair(responder->context, &asked, &pending);
    pending.csr_tag = 0;
    TRY(spdm_ordered(asking, done, &pending, SPDM_SET_KEY_PAIR_RESET_CAP));
    spdm_set_key_pair_info_ack_write(asking->out, &asking->connection->shape);
    return OK;
}
