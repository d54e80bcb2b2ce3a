/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/algorithms.h"

#include <string.h>

/* One algorithm: its bit, which version brought it, and what crypto/ calls it. */
struct row {
    uint32_t bit;
    uint8_t since;
    unsigned name;
};

/* Strongest first in all of them: the first common one is chosen. */
static const struct row hashes[] = {
    {0x04, SPDM_1_0, HASH_SHA512},   {0x02, SPDM_1_0, HASH_SHA384},
    {0x01, SPDM_1_0, HASH_SHA256},   {0x20, SPDM_1_0, HASH_SHA3_512},
    {0x10, SPDM_1_0, HASH_SHA3_384}, {0x08, SPDM_1_0, HASH_SHA3_256},
    {0x40, SPDM_1_2, HASH_SM3},
};

static const struct row measurement_hashes[] = {
    {0x08, SPDM_1_0, HASH_SHA512},   {0x04, SPDM_1_0, HASH_SHA384},
    {0x02, SPDM_1_0, HASH_SHA256},   {0x40, SPDM_1_0, HASH_SHA3_512},
    {0x20, SPDM_1_0, HASH_SHA3_384}, {0x10, SPDM_1_0, HASH_SHA3_256},
    {0x80, SPDM_1_2, HASH_SM3},      {SPDM_MEASUREMENT_HASH_RAW, SPDM_1_0, HASH_NONE},
};

static const struct row asyms[] = {
    {0x100, SPDM_1_0, ASYM_ECDSA_P521},  {0x080, SPDM_1_0, ASYM_ECDSA_P384},
    {0x010, SPDM_1_0, ASYM_ECDSA_P256},  {0x040, SPDM_1_0, ASYM_RSAPSS_4096},
    {0x008, SPDM_1_0, ASYM_RSAPSS_3072}, {0x002, SPDM_1_0, ASYM_RSAPSS_2048},
    {0x020, SPDM_1_0, ASYM_RSASSA_4096}, {0x004, SPDM_1_0, ASYM_RSASSA_3072},
    {0x001, SPDM_1_0, ASYM_RSASSA_2048}, {0x800, SPDM_1_2, ASYM_ED448},
    {0x400, SPDM_1_2, ASYM_ED25519},     {0x200, SPDM_1_2, ASYM_SM2},
};

/* ML-DSA before SLH-DSA, whose signatures hardly fit a message. */
static const struct row pqc_asyms[] = {
    {0x0004, SPDM_1_4, ASYM_ML_DSA_87},          {0x0002, SPDM_1_4, ASYM_ML_DSA_65},
    {0x0001, SPDM_1_4, ASYM_ML_DSA_44},          {0x0800, SPDM_1_4, ASYM_SLH_DSA_SHA2_256S},
    {0x1000, SPDM_1_4, ASYM_SLH_DSA_SHAKE_256S}, {0x2000, SPDM_1_4, ASYM_SLH_DSA_SHA2_256F},
    {0x4000, SPDM_1_4, ASYM_SLH_DSA_SHAKE_256F}, {0x0080, SPDM_1_4, ASYM_SLH_DSA_SHA2_192S},
    {0x0100, SPDM_1_4, ASYM_SLH_DSA_SHAKE_192S}, {0x0200, SPDM_1_4, ASYM_SLH_DSA_SHA2_192F},
    {0x0400, SPDM_1_4, ASYM_SLH_DSA_SHAKE_192F}, {0x0008, SPDM_1_4, ASYM_SLH_DSA_SHA2_128S},
    {0x0010, SPDM_1_4, ASYM_SLH_DSA_SHAKE_128S}, {0x0020, SPDM_1_4, ASYM_SLH_DSA_SHA2_128F},
    {0x0040, SPDM_1_4, ASYM_SLH_DSA_SHAKE_128F},
};

static const struct row groups[] = {
    {0x20, SPDM_1_1, GROUP_P521},       {0x10, SPDM_1_1, GROUP_P384},
    {0x08, SPDM_1_1, GROUP_P256},       {0x04, SPDM_1_1, GROUP_FFDHE_4096},
    {0x02, SPDM_1_1, GROUP_FFDHE_3072}, {0x01, SPDM_1_1, GROUP_FFDHE_2048},
    {0x40, SPDM_1_2, GROUP_SM2},
};

static const struct row kems[] = {
    {0x04, SPDM_1_4, GROUP_ML_KEM_1024},
    {0x02, SPDM_1_4, GROUP_ML_KEM_768},
    {0x01, SPDM_1_4, GROUP_ML_KEM_512},
};

static const struct row aeads[] = {
    {0x02, SPDM_1_1, AEAD_AES_256_GCM},
    {0x04, SPDM_1_1, AEAD_CHACHA20_POLY1305},
    {0x01, SPDM_1_1, AEAD_AES_128_GCM},
    {0x08, SPDM_1_2, AEAD_SM4_GCM},
};

static const struct row key_schedules[] = {{SPDM_KEY_SCHEDULE, SPDM_1_1, true}};

static bool hash_is_available(unsigned hash)
{
    struct digest unused;
    return hash == HASH_NONE || !digest_of((enum hash)hash, (slice){0}, &unused).fault;
}

static bool asym_here(unsigned asym)
{
    return asym_is_available((enum asym)asym);
}

static bool group_here(unsigned group)
{
    return group_is_available((enum group)group);
}

static bool aead_here(unsigned aead)
{
    return aead_is_available((enum aead)aead);
}

static bool always_here(unsigned name)
{
    return name != 0;
}

/* All of one sort. */
struct family {
    const struct row *rows;
    size_t count;
    bool (*is_available)(unsigned name);
};

#define FAMILY(rows, is_available)                                                                 \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof *(rows), (is_available)                                      \
    }

static const struct family hash_family = FAMILY(hashes, hash_is_available);
static const struct family measurement_hash_family = FAMILY(measurement_hashes, hash_is_available);
static const struct family asym_family = FAMILY(asyms, asym_here);
static const struct family pqc_asym_family = FAMILY(pqc_asyms, asym_here);

/* By enum spdm_table. */
static const struct family table_families[SPDM_TABLES] = {
    [SPDM_TABLE_DHE] = FAMILY(groups, group_here),
    [SPDM_TABLE_AEAD] = FAMILY(aeads, aead_here),
    [SPDM_TABLE_REQUESTER_ASYM] = FAMILY(asyms, asym_here),
    [SPDM_TABLE_KEY_SCHEDULE] = FAMILY(key_schedules, always_here),
    [SPDM_TABLE_REQUESTER_PQC] = FAMILY(pqc_asyms, asym_here),
    [SPDM_TABLE_KEM] = FAMILY(kems, group_here),
};

/* ---- one bit ---- */

static unsigned name_of(const struct family *family, uint32_t bit)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->rows[i].bit == bit)
            return family->rows[i].name;
    return 0;
}

static uint32_t bit_of(const struct family *family, unsigned name)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->rows[i].name == name)
            return name ? family->rows[i].bit : 0;
    return 0;
}

enum hash spdm_hash_of(uint32_t bit)
{
    return (enum hash)name_of(&hash_family, bit);
}

enum hash spdm_measurement_hash_of(uint32_t bit)
{
    return (enum hash)name_of(&measurement_hash_family, bit);
}

enum asym spdm_asym_of(uint32_t bit)
{
    return (enum asym)name_of(&asym_family, bit);
}

enum asym spdm_pqc_asym_of(uint32_t bit)
{
    return (enum asym)name_of(&pqc_asym_family, bit);
}

uint32_t spdm_hash_bit(enum hash hash)
{
    return bit_of(&hash_family, hash);
}

uint32_t spdm_measurement_hash_bit(enum hash hash)
{
    return bit_of(&measurement_hash_family, hash);
}

uint32_t spdm_asym_bit(enum asym asym)
{
    return bit_of(&asym_family, asym);
}

uint32_t spdm_pqc_asym_bit(enum asym asym)
{
    return bit_of(&pqc_asym_family, asym);
}

/* ---- what there is ---- */

static uint32_t available(const struct family *family, uint8_t version)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < family->count; i++)
        if (version >= family->rows[i].since && family->is_available(family->rows[i].name))
            bits |= family->rows[i].bit;
    return bits;
}

void spdm_suite_available(uint8_t version, struct spdm_algorithm_set *out,
                          uint32_t *out_measurement_hash)
{
    *out = (struct spdm_algorithm_set){
        .measurement_specifications = SPDM_MEASUREMENTS_DMTF,
        .other_params = version >= SPDM_1_2 ? SPDM_OPAQUE_FORMAT_1 : 0,
        .log_specifications = version >= SPDM_1_3 ? SPDM_LOG_DMTF : 0,
        .base_asym = available(&asym_family, version),
        .base_hash = available(&hash_family, version),
        .pqc_asym = available(&pqc_asym_family, version),
    };
    for (size_t i = 0; i < SPDM_TABLES; i++) {
        out->tables[i].algorithms = (uint16_t)available(&table_families[i], version);
        out->tables[i].is_present = out->tables[i].algorithms != 0;
    }
    *out_measurement_hash = available(&measurement_hash_family, version);
}

/* ---- choosing ---- */

static uint32_t strongest(const struct family *family, uint8_t version, uint32_t bits)
{
    for (size_t i = 0; i < family->count; i++)
        if (bits & family->rows[i].bit && version >= family->rows[i].since)
            return family->rows[i].bit;
    return 0;
}

uint32_t spdm_strongest_measurement_hash(uint8_t version, uint32_t bits)
{
    return strongest(&measurement_hash_family, version, bits);
}

/* Of a post-quantum kind and its classical sibling only one is selected. */
static void prefer_table(struct spdm_algorithm_set *set, enum spdm_table table,
                         enum spdm_table sibling)
{
    if (set->tables[table].algorithms)
        set->tables[sibling].algorithms = 0;
}

void spdm_suite_select(uint8_t version, const struct spdm_algorithm_set *ours,
                       const struct spdm_algorithm_set *theirs, struct spdm_algorithm_set *out)
{
    const uint8_t params = version >= SPDM_1_2 ? ours->other_params & theirs->other_params : 0;
    struct spdm_algorithm_set set = {
        .measurement_specifications = ours->measurement_specifications &
                                      theirs->measurement_specifications & SPDM_MEASUREMENTS_DMTF,
        .log_specifications = version >= SPDM_1_3 ? ours->log_specifications &
                                                        theirs->log_specifications & SPDM_LOG_DMTF
                                                  : 0,
        .base_hash = strongest(&hash_family, version, ours->base_hash & theirs->base_hash),
        .pqc_asym = strongest(&pqc_asym_family, version, ours->pqc_asym & theirs->pqc_asym),
    };
    set.other_params =
        params & SPDM_OPAQUE_FORMAT_1 ? SPDM_OPAQUE_FORMAT_1 : params & SPDM_OPAQUE_FORMAT_0;
    if (!set.pqc_asym)
        set.base_asym = strongest(&asym_family, version, ours->base_asym & theirs->base_asym);

    for (size_t i = 0; i < SPDM_TABLES; i++) {
        const uint32_t both = ours->tables[i].algorithms & theirs->tables[i].algorithms;
        set.tables[i].is_present = theirs->tables[i].is_present;
        set.tables[i].algorithms = (uint16_t)strongest(&table_families[i], version, both);
    }
    prefer_table(&set, SPDM_TABLE_KEM, SPDM_TABLE_DHE);
    prefer_table(&set, SPDM_TABLE_REQUESTER_PQC, SPDM_TABLE_REQUESTER_ASYM);
    *out = set;
}

/* ---- understanding a choice ---- */

/* None, or one bit that was offered and that the version has. */
static status take(const struct family *family, uint8_t version, uint32_t offered,
                   uint32_t selected, unsigned *out)
{
    if (selected & (selected - 1))
        return FAIL(MALFORMED, "two algorithms are selected where one is used");
    if (selected & ~offered || strongest(family, version, selected) != selected)
        return FAIL(UNSUPPORTED, "an algorithm is selected that was not offered");
    *out = selected ? name_of(family, selected) : 0;
    return OK;
}

/* A kind in two fields, of which one is zero. */
static status take_either(uint32_t classical, uint32_t pqc, unsigned classical_name,
                          unsigned pqc_name, unsigned *out)
{
    if (classical && pqc)
        return FAIL(MALFORMED, "a classical and a post-quantum algorithm are selected for one use");
    *out = pqc ? pqc_name : classical_name;
    return OK;
}

static status take_tables(uint8_t version, const struct spdm_algorithm_set *offer,
                          const struct spdm_algorithm_set *selected, struct spdm_suite *suite)
{
    unsigned names[SPDM_TABLES] = {0};
    unsigned either;
    for (size_t i = 0; i < SPDM_TABLES; i++)
        TRY(take(&table_families[i], version, offer->tables[i].algorithms,
                 selected->tables[i].algorithms, &names[i]));

    TRY(take_either(selected->tables[SPDM_TABLE_DHE].algorithms,
                    selected->tables[SPDM_TABLE_KEM].algorithms, names[SPDM_TABLE_DHE],
                    names[SPDM_TABLE_KEM], &either));
    suite->group = (enum group)either;
    TRY(take_either(selected->tables[SPDM_TABLE_REQUESTER_ASYM].algorithms,
                    selected->tables[SPDM_TABLE_REQUESTER_PQC].algorithms,
                    names[SPDM_TABLE_REQUESTER_ASYM], names[SPDM_TABLE_REQUESTER_PQC], &either));
    suite->requester_asym = (enum asym)either;
    suite->aead = (enum aead)names[SPDM_TABLE_AEAD];
    suite->has_key_schedule = names[SPDM_TABLE_KEY_SCHEDULE] != 0;
    return OK;
}

static status take_flags(uint8_t version, const struct spdm_algorithm_set *offer,
                         const struct spdm_algorithm_set *selected, struct spdm_suite *suite)
{
    const uint8_t formats = selected->other_params & SPDM_OPAQUE_FORMATS;
    if (formats & (formats - 1))
        return FAIL(MALFORMED, "two forms of opaque data are selected");
    if (formats & ~offer->other_params ||
        selected->measurement_specifications & ~offer->measurement_specifications ||
        selected->log_specifications & ~offer->log_specifications)
        return FAIL(UNSUPPORTED, "a form is selected that was not offered");
    suite->has_opaque_list = formats == SPDM_OPAQUE_FORMAT_1;
    suite->has_measurements = selected->measurement_specifications == SPDM_MEASUREMENTS_DMTF;
    suite->has_log = selected->log_specifications == SPDM_LOG_DMTF;
    suite->is_multi_key_requester =
        version >= SPDM_1_3 && (selected->other_params & SPDM_MULTI_KEY_CONNECTION) != 0;
    return OK;
}

status spdm_suite_take(uint8_t version, const struct spdm_algorithm_set *offer,
                       const struct spdm_algorithms *algorithms, struct spdm_suite *out)
{
    const struct spdm_algorithm_set *const selected = &algorithms->selected;
    const uint32_t any_hash = UINT32_MAX; /* the digests' hash is the responder's alone */
    struct spdm_suite suite = {0};
    unsigned hash, measurement_hash, classical, pqc, asym;

    TRY(take(&hash_family, version, offer->base_hash, selected->base_hash, &hash));
    TRY(take(&measurement_hash_family, version, any_hash, algorithms->measurement_hash,
             &measurement_hash));
    TRY(take(&asym_family, version, offer->base_asym, selected->base_asym, &classical));
    TRY(take(&pqc_asym_family, version, offer->pqc_asym, selected->pqc_asym, &pqc));
    TRY(take_either(selected->base_asym, selected->pqc_asym, classical, pqc, &asym));
    suite.hash = (enum hash)hash;
    suite.measurement_hash = (enum hash)measurement_hash;
    suite.measurements_are_raw = algorithms->measurement_hash == SPDM_MEASUREMENT_HASH_RAW;
    suite.asym = (enum asym)asym;
    TRY(take_tables(version, offer, selected, &suite));
    TRY(take_flags(version, offer, selected, &suite));
    if (suite.hash == HASH_NONE)
        return FAIL(UNSUPPORTED, "no hash is common to both sides");
    *out = suite;
    return OK;
}

void spdm_suite_shape(const struct spdm_suite *suite, struct spdm_shape *shape)
{
    shape->hash_size = hash_size(suite->hash);
    shape->signature_size = asym_signature_size(suite->asym);
    shape->requester_signature_size = asym_signature_size(suite->requester_asym);
    shape->request_exchange_size = group_first_share_size(suite->group);
    shape->response_exchange_size = group_second_share_size(suite->group);
}
