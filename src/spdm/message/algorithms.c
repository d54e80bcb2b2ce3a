/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/algorithms.h"

enum {
    FIRST_TABLE = SPDM_TABLE_DHE,
    FIXED_FIELD =
        2 << 4,          /* in a table's count: two bytes of algorithms, before the extended ones */
    OFFER_SIZE = 32,     /* of NEGOTIATE_ALGORITHMS without lists */
    SELECTION_SIZE = 36, /* of ALGORITHMS without lists */
    TABLE_SIZE = 4,
};

static unsigned tables_end(uint8_t version)
{
    if (version < SPDM_1_1)
        return FIRST_TABLE;
    return version < SPDM_1_4 ? SPDM_TABLE_KEY_SCHEDULE + 1 : SPDM_TABLES;
}

/* The fields that `version` has; what it reserves is zero. */
static struct spdm_algorithm_set known_to(uint8_t version, const struct spdm_algorithm_set *set)
{
    struct spdm_algorithm_set known = *set;
    if (version < SPDM_1_2)
        known.other_params = 0;
    if (version < SPDM_1_3) {
        known.other_params &= (uint8_t)~SPDM_MULTI_KEY_CONNECTION;
        known.log_specifications = 0;
    }
    if (version < SPDM_1_4)
        known.pqc_asym = 0;
    known.other_params &= SPDM_OPAQUE_FORMATS | SPDM_MULTI_KEY_CONNECTION;
    for (unsigned type = tables_end(version); type < SPDM_TABLES; type++)
        known.tables[type] = (struct spdm_algorithm_table){0};
    return known;
}

/* `left`: how many more entries all lists together may have. */
static status read_extended(struct reader *reader, size_t count, size_t *left, slice *out)
{
    if (count > *left)
        return FAIL(EXHAUSTED, "SPDM message lists more extended algorithms than it may");
    *left -= count;
    *out = read_bytes(reader, count * SPDM_EXTENDED_ALGORITHM_SIZE);
    return OK;
}

static status read_table(struct reader *reader, unsigned *type, unsigned end, size_t *left,
                         struct spdm_algorithm_set *out)
{
    struct spdm_algorithm_table table = {.is_present = true};
    const uint8_t next_type = read_u8(reader);
    const uint8_t counts = read_u8(reader);
    table.algorithms = read_le16(reader);
    TRY(read_extended(reader, counts & 0xF, left, &table.extended));
    TRY(spdm_message_was_whole(reader));

    if (next_type < *type || next_type >= end)
        return FAIL(MALFORMED, "SPDM algorithm table is unknown or out of order");
    if ((counts & 0xF0) != FIXED_FIELD)
        return FAIL(MALFORMED, "SPDM algorithm table has no two bytes of algorithms");
    out->tables[next_type] = table;
    *type = next_type + 1U;
    return OK;
}

static status read_tables(struct reader *reader, uint8_t version, size_t count, size_t *left,
                          struct spdm_algorithm_set *out)
{
    const unsigned end = tables_end(version);
    unsigned type = FIRST_TABLE;
    if (version < SPDM_1_1)
        return OK; /* the count is reserved */
    for (size_t i = 0; i < count; i++)
        TRY(read_table(reader, &type, end, left, out));
    return OK;
}

/* From the length on; `size_before`: what `reader` had left where the length begins to count. */
static status read_offer(struct reader *reader, uint8_t version, size_t table_count,
                         size_t size_before, struct spdm_algorithm_set *out)
{
    struct spdm_algorithm_set set = {0};
    const bool is_first = version < SPDM_1_1;
    size_t left = is_first ? SPDM_EXTENDED_ALGORITHMS_1_0_MAX : SPDM_EXTENDED_ALGORITHMS_MAX;

    const uint16_t length = read_le16(reader);
    set.measurement_specifications = read_u8(reader);
    set.other_params = read_u8(reader);
    set.base_asym = read_le32(reader);
    set.base_hash = read_le32(reader);
    set.pqc_asym = read_le32(reader);
    read_bytes(reader, 8); /* reserved */
    const uint8_t asym_count = read_u8(reader);
    const uint8_t hash_count = read_u8(reader);
    read_u8(reader); /* reserved */
    set.log_specifications = read_u8(reader);
    TRY(read_extended(reader, asym_count, &left, &set.extended_asym));
    TRY(read_extended(reader, hash_count, &left, &set.extended_hash));
    TRY(read_tables(reader, version, table_count, &left, &set));
    TRY(spdm_message_was_whole(reader));

    if (length != size_before - reader->left.size)
        return FAIL(MALFORMED, "SPDM algorithms tell another length than theirs");
    if (length >
        (is_first ? SPDM_NEGOTIATE_ALGORITHMS_1_0_SIZE_MAX : SPDM_NEGOTIATE_ALGORITHMS_SIZE_MAX))
        return FAIL(EXHAUSTED, "SPDM algorithms are longer than they may be");
    *out = known_to(version, &set);
    return OK;
}

static size_t tables_count(const struct spdm_algorithm_set *set)
{
    size_t count = 0;
    for (unsigned type = FIRST_TABLE; type < SPDM_TABLES; type++)
        count += set->tables[type].is_present;
    return count;
}

static size_t lists_size(const struct spdm_algorithm_set *set)
{
    size_t size = set->extended_asym.size + set->extended_hash.size;
    for (unsigned type = FIRST_TABLE; type < SPDM_TABLES; type++)
        if (set->tables[type].is_present)
            size += TABLE_SIZE + set->tables[type].extended.size;
    return size;
}

static void write_lists(struct writer *writer, const struct spdm_algorithm_set *set)
{
    write_bytes(writer, set->extended_asym);
    write_bytes(writer, set->extended_hash);
    for (unsigned type = FIRST_TABLE; type < SPDM_TABLES; type++) {
        const struct spdm_algorithm_table *const table = &set->tables[type];
        if (!table->is_present)
            continue;
        write_u8(writer, (uint8_t)type);
        write_u8(writer,
                 (uint8_t)(FIXED_FIELD | table->extended.size / SPDM_EXTENDED_ALGORITHM_SIZE));
        write_le16(writer, table->algorithms);
        write_bytes(writer, table->extended);
    }
}

static void write_counts(struct writer *writer, const struct spdm_algorithm_set *set)
{
    write_u8(writer, (uint8_t)(set->extended_asym.size / SPDM_EXTENDED_ALGORITHM_SIZE));
    write_u8(writer, (uint8_t)(set->extended_hash.size / SPDM_EXTENDED_ALGORITHM_SIZE));
}

/* `header_size`: what of the message's header the length counts beside the two parameters. */
static void write_offer(struct writer *writer, const struct spdm_algorithm_set *set,
                        size_t header_size)
{
    write_le16(writer, (uint16_t)(OFFER_SIZE - 2 + header_size + lists_size(set)));
    write_u8(writer, set->measurement_specifications);
    write_u8(writer, set->other_params);
    write_le32(writer, set->base_asym);
    write_le32(writer, set->base_hash);
    write_le32(writer, set->pqc_asym);
    write_le64(writer, 0); /* reserved */
    write_counts(writer, set);
    write_u8(writer, 0); /* reserved */
    write_u8(writer, set->log_specifications);
    write_lists(writer, set);
}

status spdm_negotiate_algorithms_read(struct reader *reader, const struct spdm_shape *shape,
                                      struct spdm_algorithm_set *out)
{
    const size_t size_before = reader->left.size;
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_NEGOTIATE_ALGORITHMS, &header));
    return read_offer(reader, shape->version, header.param1, size_before, out);
}

void spdm_negotiate_algorithms_write(struct writer *writer, const struct spdm_shape *shape,
                                     const struct spdm_algorithm_set *offer)
{
    const struct spdm_algorithm_set known = known_to(shape->version, offer);
    const struct spdm_header header = {shape->version, SPDM_NEGOTIATE_ALGORITHMS,
                                       (uint8_t)tables_count(&known), 0};
    spdm_header_write(writer, &header);
    write_offer(writer, &known, 2);
}

status spdm_supported_algorithms_read(struct reader *reader, uint8_t version,
                                      struct spdm_algorithm_set *out)
{
    const size_t size_before = reader->left.size;
    const uint8_t table_count = read_u8(reader);
    read_u8(reader); /* reserved */
    return read_offer(reader, version, table_count, size_before, out);
}

void spdm_supported_algorithms_write(struct writer *writer, uint8_t version,
                                     const struct spdm_algorithm_set *set)
{
    const struct spdm_algorithm_set known = known_to(version, set);
    write_u8(writer, (uint8_t)tables_count(&known));
    write_u8(writer, 0); /* reserved */
    write_offer(writer, &known, 0);
}

static bool is_one_at_most(uint32_t bits)
{
    return (bits & (bits - 1)) == 0;
}

/* One algorithm of a list, or one that another body defined, or none. */
static bool is_selection(uint32_t bits, slice extended)
{
    return is_one_at_most(bits) && extended.size <= SPDM_EXTENDED_ALGORITHM_SIZE &&
           !(bits && extended.size);
}

static status check_selected(const struct spdm_algorithms *algorithms)
{
    const struct spdm_algorithm_set *const set = &algorithms->selected;
    bool is_single = is_one_at_most(algorithms->measurement_hash) &&
                     is_one_at_most(set->measurement_specifications) &&
                     is_one_at_most(set->other_params & SPDM_OPAQUE_FORMATS) &&
                     is_one_at_most(set->log_specifications) && is_one_at_most(set->pqc_asym) &&
                     is_selection(set->base_asym, set->extended_asym) &&
                     is_selection(set->base_hash, set->extended_hash);
    for (unsigned type = FIRST_TABLE; type < SPDM_TABLES; type++)
        is_single &= is_selection(set->tables[type].algorithms, set->tables[type].extended);
    return is_single ? OK : FAIL(MALFORMED, "ALGORITHMS selects several where one can be");
}

status spdm_algorithms_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_algorithms *out)
{
    const size_t size_before = reader->left.size;
    struct spdm_algorithms algorithms = {0};
    struct spdm_algorithm_set *const set = &algorithms.selected;
    struct spdm_header header;
    size_t left = SPDM_EXTENDED_ALGORITHMS_MAX;

    TRY(spdm_header_expect(reader, SPDM_ALGORITHMS, &header));
    const uint16_t length = read_le16(reader);
    set->measurement_specifications = read_u8(reader);
    set->other_params = read_u8(reader);
    algorithms.measurement_hash = read_le32(reader);
    set->base_asym = read_le32(reader);
    set->base_hash = read_le32(reader);
    set->pqc_asym = read_le32(reader);
    read_bytes(reader, 7); /* reserved */
    set->log_specifications = read_u8(reader);
    const uint8_t asym_count = read_u8(reader);
    const uint8_t hash_count = read_u8(reader);
    read_le16(reader); /* reserved */
    TRY(read_extended(reader, asym_count, &left, &set->extended_asym));
    TRY(read_extended(reader, hash_count, &left, &set->extended_hash));
    TRY(read_tables(reader, shape->version, header.param1, &left, set));
    TRY(spdm_message_was_whole(reader));

    if (length != size_before - reader->left.size)
        return FAIL(MALFORMED, "ALGORITHMS tells another length than its own");
    *set = known_to(shape->version, set);
    TRY(check_selected(&algorithms));
    *out = algorithms;
    return OK;
}

void spdm_algorithms_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_algorithms *algorithms)
{
    const struct spdm_algorithm_set set = known_to(shape->version, &algorithms->selected);
    const struct spdm_header header = {shape->version, SPDM_ALGORITHMS, (uint8_t)tables_count(&set),
                                       0};
    spdm_header_write(writer, &header);
    write_le16(writer, (uint16_t)(SELECTION_SIZE + lists_size(&set)));
    write_u8(writer, set.measurement_specifications);
    write_u8(writer, set.other_params);
    write_le32(writer, algorithms->measurement_hash);
    write_le32(writer, set.base_asym);
    write_le32(writer, set.base_hash);
    write_le32(writer, set.pqc_asym);
    write_le32(writer, 0); /* reserved */
    write_le16(writer, 0); /* reserved */
    write_u8(writer, 0);   /* reserved */
    write_u8(writer, set.log_specifications);
    write_counts(writer, &set);
    write_le16(writer, 0); /* reserved */
    write_lists(writer, &set);
}
