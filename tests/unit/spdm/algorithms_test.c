/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/algorithms.h"

#include "test.h"

/* spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS request and ALGORITHMS response messages": the bits */
TEST(bits_mean_what_the_tables_say_and_back)
{
    static const struct {
        uint32_t bit;
        enum asym asym;
    } asyms[] = {{0x001, ASYM_RSASSA_2048}, {0x002, ASYM_RSAPSS_2048}, {0x004, ASYM_RSASSA_3072},
                 {0x008, ASYM_RSAPSS_3072}, {0x010, ASYM_ECDSA_P256},  {0x020, ASYM_RSASSA_4096},
                 {0x040, ASYM_RSAPSS_4096}, {0x080, ASYM_ECDSA_P384},  {0x100, ASYM_ECDSA_P521},
                 {0x200, ASYM_SM2},         {0x400, ASYM_ED25519},     {0x800, ASYM_ED448}};
    static const struct {
        uint32_t bit, measurement_bit;
        enum hash hash;
    } hashes[] = {{0x01, 0x02, HASH_SHA256},   {0x02, 0x04, HASH_SHA384},
                  {0x04, 0x08, HASH_SHA512},   {0x08, 0x10, HASH_SHA3_256},
                  {0x10, 0x20, HASH_SHA3_384}, {0x20, 0x40, HASH_SHA3_512},
                  {0x40, 0x80, HASH_SM3}};
    for (size_t i = 0; i < sizeof asyms / sizeof *asyms; i++) {
        EXPECT(spdm_asym_of(asyms[i].bit) == asyms[i].asym);
        EXPECT(spdm_asym_bit(asyms[i].asym) == asyms[i].bit);
        EXPECT(spdm_pqc_asym_bit(asyms[i].asym) == 0);
    }
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        EXPECT(spdm_hash_of(hashes[i].bit) == hashes[i].hash);
        EXPECT(spdm_hash_bit(hashes[i].hash) == hashes[i].bit);
        EXPECT(spdm_measurement_hash_of(hashes[i].measurement_bit) == hashes[i].hash);
        EXPECT(spdm_measurement_hash_bit(hashes[i].hash) == hashes[i].measurement_bit);
    }
    for (uint32_t i = 0; i < 15; i++) {
        const enum asym asym = (enum asym)(ASYM_ML_DSA_44 + i);
        EXPECT(spdm_pqc_asym_of(1U << i) == asym);
        EXPECT(spdm_pqc_asym_bit(asym) == 1U << i);
        EXPECT(spdm_asym_bit(asym) == 0);
    }
}

TEST(what_is_no_single_bit_of_ours_means_nothing)
{
    EXPECT(spdm_asym_of(0) == ASYM_NONE && spdm_asym_of(3) == ASYM_NONE);
    EXPECT(spdm_asym_of(0x1000) == ASYM_NONE && spdm_pqc_asym_of(0x8000) == ASYM_NONE);
    EXPECT(spdm_hash_of(0x80) == HASH_NONE && spdm_measurement_hash_of(1) == HASH_NONE);
    EXPECT(spdm_hash_bit(HASH_SHA1) == 0 && spdm_hash_bit(HASH_NONE) == 0);
    EXPECT(spdm_measurement_hash_bit(HASH_NONE) == 0 && spdm_asym_bit(ASYM_NONE) == 0);
}

static struct spdm_algorithm_set everything(uint8_t version)
{
    struct spdm_algorithm_set set;
    uint32_t measurement_hash;
    spdm_suite_available(version, &set, &measurement_hash);
    EXPECT(measurement_hash & SPDM_MEASUREMENT_HASH_RAW);
    return set;
}

TEST(an_older_version_offers_nothing_of_a_newer_one)
{
    const struct spdm_algorithm_set first = everything(SPDM_1_0), second = everything(SPDM_1_1),
                                    last = everything(SPDM_1_4);
    EXPECT(first.base_asym == 0x1FF && first.base_hash == 0x3F && first.other_params == 0);
    EXPECT(first.log_specifications == 0 && first.pqc_asym == 0);
    for (size_t i = SPDM_TABLE_DHE; i < SPDM_TABLES; i++)
        EXPECT(first.tables[i].is_present == (i == SPDM_TABLE_REQUESTER_ASYM));
    EXPECT(second.tables[SPDM_TABLE_DHE].algorithms == 0x3F);
    EXPECT(second.tables[SPDM_TABLE_AEAD].algorithms == 0x07);
    EXPECT(second.tables[SPDM_TABLE_KEY_SCHEDULE].algorithms == 1);
    EXPECT((last.base_asym & 0x400) && last.other_params == SPDM_OPAQUE_FORMAT_1);
    EXPECT(!last.tables[SPDM_TABLE_KEM].is_present == !group_is_available(GROUP_ML_KEM_768));
    EXPECT(!last.pqc_asym == !asym_is_available(ASYM_ML_DSA_65));
}

TEST(the_strongest_of_what_both_have_is_chosen)
{
    const struct spdm_algorithm_set ours = everything(SPDM_1_2);
    struct spdm_algorithm_set theirs = {.base_asym = 0x092, /* RSAPSS-2048, P-256, P-384 */
                                        .base_hash = 0x09,  /* SHA-256, SHA3-256 */
                                        .measurement_specifications = 0xFF,
                                        .log_specifications = 0xFF,
                                        .other_params = 0x1F};
    struct spdm_algorithm_set chosen;
    theirs.tables[SPDM_TABLE_DHE] =
        (struct spdm_algorithm_table){.is_present = true, .algorithms = 0x0B};
    theirs.tables[SPDM_TABLE_AEAD] =
        (struct spdm_algorithm_table){.is_present = true, .algorithms = 0x8000};
    spdm_suite_select(SPDM_1_2, &ours, &theirs, &chosen);
    EXPECT(chosen.base_asym == 0x080 && chosen.base_hash == 0x01);
    EXPECT(chosen.tables[SPDM_TABLE_DHE].algorithms == 0x08);
    EXPECT(chosen.tables[SPDM_TABLE_AEAD].is_present);
    EXPECT(chosen.tables[SPDM_TABLE_AEAD].algorithms == 0);
    EXPECT(!chosen.tables[SPDM_TABLE_KEY_SCHEDULE].is_present);
    EXPECT(chosen.measurement_specifications == SPDM_MEASUREMENTS_DMTF);
    EXPECT(chosen.log_specifications == 0); /* 1.3 */
    EXPECT(chosen.other_params == SPDM_OPAQUE_FORMAT_1);
}

TEST(a_post_quantum_choice_leaves_its_classical_sibling_out)
{
    struct spdm_algorithm_set both = {.base_asym = 0x10, .pqc_asym = 0x06, .base_hash = 1};
    struct spdm_algorithm_set chosen;
    for (size_t i = SPDM_TABLE_DHE; i < SPDM_TABLES; i++)
        both.tables[i] = (struct spdm_algorithm_table){.is_present = true, .algorithms = 0x12};
    spdm_suite_select(SPDM_1_4, &both, &both, &chosen);
    EXPECT(chosen.pqc_asym == 0x04 && chosen.base_asym == 0);
    EXPECT(chosen.tables[SPDM_TABLE_KEM].algorithms == 0x02);
    EXPECT(chosen.tables[SPDM_TABLE_DHE].algorithms == 0);
    EXPECT(chosen.tables[SPDM_TABLE_REQUESTER_PQC].algorithms == 0x02);
    EXPECT(chosen.tables[SPDM_TABLE_REQUESTER_ASYM].algorithms == 0);
    spdm_suite_select(SPDM_1_3, &both, &both, &chosen);
    EXPECT(chosen.pqc_asym == 0 && chosen.base_asym == 0x10);
    EXPECT(chosen.tables[SPDM_TABLE_DHE].algorithms == 0x10);
}

/* What a responder that chooses well answers. */
static struct spdm_algorithms good_answer(void)
{
    struct spdm_algorithms answer = {.measurement_hash = 0x02,
                                     .selected = {.base_asym = 0x10,
                                                  .base_hash = 1,
                                                  .measurement_specifications = 1,
                                                  .other_params = SPDM_OPAQUE_FORMAT_1}};
    answer.selected.tables[SPDM_TABLE_DHE].algorithms = 0x08;
    answer.selected.tables[SPDM_TABLE_AEAD].algorithms = 0x02;
    answer.selected.tables[SPDM_TABLE_REQUESTER_ASYM].algorithms = 0x80;
    answer.selected.tables[SPDM_TABLE_KEY_SCHEDULE].algorithms = 1;
    return answer;
}

TEST(an_answer_is_understood)
{
    const struct spdm_algorithm_set offer = everything(SPDM_1_3);
    const struct spdm_algorithms answer = good_answer();
    struct spdm_suite suite;
    struct spdm_shape shape = {0};
    EXPECT_OK(spdm_suite_take(SPDM_1_3, &offer, &answer, &suite));
    EXPECT(suite.hash == HASH_SHA256 && suite.measurement_hash == HASH_SHA256);
    EXPECT(suite.asym == ASYM_ECDSA_P256 && suite.requester_asym == ASYM_ECDSA_P384);
    EXPECT(suite.group == GROUP_P256 && suite.aead == AEAD_AES_256_GCM);
    EXPECT(suite.has_key_schedule && suite.has_measurements && suite.has_opaque_list);
    EXPECT(!suite.has_log && !suite.is_multi_key_requester && !suite.measurements_are_raw);
    spdm_suite_shape(&suite, &shape);
    EXPECT(shape.hash_size == 32 && shape.signature_size == 64);
    EXPECT(shape.requester_signature_size == 96);
    EXPECT(shape.request_exchange_size == 64 && shape.response_exchange_size == 64);
}

TEST(several_keys_of_the_requester_are_a_matter_from_1_3_on)
{
    for (uint8_t version = SPDM_1_2; version <= SPDM_1_4; version++) {
        const struct spdm_algorithm_set offer = everything(version);
        struct spdm_algorithms answer = good_answer();
        struct spdm_suite suite;
        answer.selected.other_params |= SPDM_MULTI_KEY_CONNECTION;
        EXPECT_OK(spdm_suite_take(version, &offer, &answer, &suite));
        EXPECT(suite.is_multi_key_requester == (version >= SPDM_1_3));
    }
}

/* P28 */
TEST(an_answer_with_two_of_a_kind_or_what_was_not_offered_is_refused)
{
    const struct spdm_algorithm_set all = everything(SPDM_1_3);
    struct spdm_algorithm_set offer = all;
    struct spdm_suite suite = {.hash = HASH_SM3};
    struct spdm_algorithms answer;
    offer.base_asym = 0x10;
    offer.tables[SPDM_TABLE_DHE].algorithms = 0x08;

#define REFUSED(failure, change)                                                                   \
    do {                                                                                           \
        answer = good_answer();                                                                    \
        change;                                                                                    \
        EXPECT_FAIL(failure, spdm_suite_take(SPDM_1_3, &offer, &answer, &suite));                  \
        EXPECT(suite.hash == HASH_SM3);                                                            \
    } while (0)

    REFUSED(MALFORMED, answer.selected.base_hash = 3);
    REFUSED(MALFORMED, answer.measurement_hash = 6);
    REFUSED(MALFORMED, answer.selected.base_asym = 0x90);
    REFUSED(MALFORMED, answer.selected.tables[SPDM_TABLE_AEAD].algorithms = 3);
    REFUSED(MALFORMED, answer.selected.other_params = 3);
    REFUSED(UNSUPPORTED, answer.selected.base_hash = 0);
    REFUSED(UNSUPPORTED, answer.selected.base_hash = 0x80);
    REFUSED(UNSUPPORTED, answer.measurement_hash = 0x100);
    REFUSED(UNSUPPORTED, answer.selected.base_asym = 0x80);
    REFUSED(UNSUPPORTED, answer.selected.pqc_asym = 2);
    REFUSED(UNSUPPORTED, answer.selected.tables[SPDM_TABLE_DHE].algorithms = 0x10);
    REFUSED(UNSUPPORTED, answer.selected.tables[SPDM_TABLE_KEM].algorithms = 2);
    REFUSED(UNSUPPORTED, answer.selected.other_params = SPDM_OPAQUE_FORMAT_0);
    REFUSED(UNSUPPORTED, answer.selected.measurement_specifications = 2);
#undef REFUSED

    /* Offered both, and both taken. */
    struct spdm_algorithm_set quantum = all;
    quantum.pqc_asym = 2;
    quantum.tables[SPDM_TABLE_KEM].algorithms = 2;
    answer = good_answer();
    answer.selected.pqc_asym = 2;
    EXPECT_FAIL(MALFORMED, spdm_suite_take(SPDM_1_4, &quantum, &answer, &suite));
    answer = good_answer();
    answer.selected.tables[SPDM_TABLE_KEM].algorithms = 2;
    EXPECT_FAIL(MALFORMED, spdm_suite_take(SPDM_1_4, &quantum, &answer, &suite));
}

TEST(raw_measurements_are_told_from_none)
{
    const struct spdm_algorithm_set offer = everything(SPDM_1_1);
    struct spdm_algorithms answer = good_answer();
    struct spdm_suite suite;
    answer.selected.other_params = 0;
    answer.measurement_hash = SPDM_MEASUREMENT_HASH_RAW;
    EXPECT_OK(spdm_suite_take(SPDM_1_1, &offer, &answer, &suite));
    EXPECT(suite.measurement_hash == HASH_NONE && suite.measurements_are_raw);
    answer.measurement_hash = 0;
    EXPECT_OK(spdm_suite_take(SPDM_1_1, &offer, &answer, &suite));
    EXPECT(suite.measurement_hash == HASH_NONE && !suite.measurements_are_raw);
    EXPECT(spdm_strongest_measurement_hash(SPDM_1_1, 0x81) == SPDM_MEASUREMENT_HASH_RAW);
    EXPECT(spdm_strongest_measurement_hash(SPDM_1_2, 0x81) == 0x80);
    EXPECT(spdm_strongest_measurement_hash(SPDM_1_2, 0x06) == 0x04);
}
