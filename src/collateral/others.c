/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/others.h"

#include "codec/text.h"
#include "evidence/csv/chain.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIGEST_SHOWN = 16 };

/* ---- Hygon ---- */

static status add_chain(const struct csv_chain *chain, struct objects *out)
{
    char id[2 * DIGEST_SHOWN + 1];
    SCOPED(object)
    object = {.kind = OBJECT_HYGON_KEYS, .trust = chain->trust, .next_update_s = OBJECT_ENDLESS_S};
    hex_write((slice){chain->cek_key.data, DIGEST_SHOWN}, id);
    snprintf(object.name, sizeof object.name, "hygon-hsk-cek-%s.bin", id);
    /* What is signed begins where the certificate does. */
    TRY(buffer_append(&object.bytes,
                      (slice){chain->hsk.signed_bytes.data, CSV_ROOT_CERTIFICATE_SIZE}));
    TRY(buffer_append(&object.bytes, (slice){chain->cek.signed_bytes.data, CSV_CERTIFICATE_SIZE}));
    return objects_add(out, &object);
}

status objects_read_hygon(const struct endorsements *pool, struct objects *out)
{
    const struct csv_chain *chain;
    for (size_t i = 0;; i++) {
        TRY(csv_chain_at(pool, i, &chain));
        if (!chain)
            return OK;
        if (!chain->verified.fault && chain->usages_fit && chain->trust != ROOT_UNTRUSTED)
            TRY(add_chain(chain, out));
    }
}

static bool vouches(const struct endorsements *pool, const uint8_t *bytes)
{
    SCOPED(csv_pek) space = {0};
    const struct csv_pek *pek;
    return !csv_pek_examine(pool, bytes, &space, &pek).fault && !pek->read.fault && pek->chain &&
           !pek->signed_by_cek.fault && !pek->chain->verified.fault &&
           pek->chain->trust != ROOT_UNTRUSTED;
}

bool hygon_keys_vouch(const struct endorsements *trusted, slice keys, const uint8_t *pek)
{
    struct endorsements *const pool = calloc(1, sizeof *pool);
    bool vouch = false;
    if (!pool)
        return false;
    endorsements_extend(trusted, pool);
    if (!endorsements_add(pool, keys).fault)
        vouch = vouches(pool, pek);
    endorsements_clear(pool);
    free(pool);
    return vouch;
}

/* ---- Google ---- */

status objects_read_android(const struct endorsements *pool, struct objects *out)
{
    for (size_t i = 0; i < pool->count; i++) {
        SCOPED(object)
        object = {.kind = OBJECT_ANDROID_REVOCATION,
                  .name = ANDROID_REVOCATION_NAME,
                  .trust = ROOT_BY_CALLER};
        if (pool->items[i].kind != ENDORSEMENT_ANDROID_REVOCATION)
            continue;
        TRY(buffer_append(&object.bytes, buffer_view(&pool->items[i].bytes)));
        TRY(objects_add(out, &object));
    }
    return OK;
}
