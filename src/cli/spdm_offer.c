/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_offer.h"

#include "cli/print.h"
#include "cli/spdm_said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINOR_MAX = SPDM_1_4 - SPDM_1_0 };

static bool complain(const char *command, slice word, const char *what)
{
    fprintf(stderr, "%s: '", command);
    print_escaped(stderr, word);
    fprintf(stderr, "' %s\n", what);
    return false;
}

/* The next word of a list with commas; false when there is none. */
static bool next_word(const char **list, slice *out)
{
    const char *const begin = *list;
    if (!begin || !*begin)
        return false;
    const size_t size = strcspn(begin, ",");
    *out = (slice){(const uint8_t *)begin, size};
    *list = begin[size] ? begin + size + 1 : NULL;
    return true;
}

/* ---- versions ---- */

static bool read_version(const char **text, uint8_t *out)
{
    const char *const at = *text;
    if (at[0] != '1' || at[1] != '.' || at[2] < '0' || at[2] > '0' + MINOR_MAX)
        return false;
    *out = (uint8_t)(SPDM_1_0 + (at[2] - '0'));
    *text = at + 3;
    return true;
}

static bool take_versions(const char *command, const char *text, struct spdm_settings *settings)
{
    uint8_t least = 0, most = 0;
    const char *at = text;
    bool is_read = read_version(&at, &least);
    most = least;
    if (is_read && *at == '-') {
        at++;
        is_read = read_version(&at, &most);
    }
    if (!is_read || *at || least > most)
        return complain(command, slice_of_text(text),
                        "is no SPDM version from 1.0 to 1.4, and no range of them");
    settings->version_min = least;
    settings->version_max = most;
    return true;
}

/* ---- algorithms ---- */

/* A list of algorithms, where it stands, and what the words leave of it. */
struct list {
    const char *name;
    uint32_t available;
    uint32_t by_name, by_list; /* from words without and with the list's name */
    bool is_named;
};

enum {
    BASE_ASYM,
    BASE_HASH,
    PQC_ASYM,
    MEASUREMENT_HASH,
    OTHER_PARAMS,
    FIRST_TABLE,
    LISTS = FIRST_TABLE + SPDM_TABLES,
};

static void lists_of(const struct spdm_settings *settings, struct list lists[LISTS])
{
    static const char *const tables[SPDM_TABLES] = {
        [SPDM_TABLE_DHE] = "dhe",
        [SPDM_TABLE_AEAD] = "aead",
        [SPDM_TABLE_REQUESTER_ASYM] = "requester_asym",
        [SPDM_TABLE_KEY_SCHEDULE] = "key_schedule",
        [SPDM_TABLE_REQUESTER_PQC] = "requester_pqc_asym",
        [SPDM_TABLE_KEM] = "kem",
    };
    const struct spdm_algorithm_set *const set = &settings->algorithms;
    lists[BASE_ASYM] = (struct list){"base_asym", set->base_asym, 0, 0, false};
    lists[BASE_HASH] = (struct list){"base_hash", set->base_hash, 0, 0, false};
    lists[PQC_ASYM] = (struct list){"pqc_asym", set->pqc_asym, 0, 0, false};
    lists[MEASUREMENT_HASH] =
        (struct list){"measurement_hash", settings->measurement_hashes, 0, 0, false};
    lists[OTHER_PARAMS] = (struct list){"other_params", set->other_params, 0, 0, false};
    for (size_t i = 0; i < SPDM_TABLES; i++)
        lists[FIRST_TABLE + i] =
            (struct list){tables[i] ? tables[i] : "", set->tables[i].algorithms, 0, 0, false};
}

static uint32_t left_of(const struct list *list)
{
    if (list->is_named)
        return list->available & list->by_list;
    return list->by_name ? list->available & list->by_name : list->available;
}

static void put_back(const struct list lists[LISTS], struct spdm_settings *settings)
{
    struct spdm_algorithm_set *const set = &settings->algorithms;
    set->base_asym = left_of(&lists[BASE_ASYM]);
    set->base_hash = left_of(&lists[BASE_HASH]);
    set->pqc_asym = left_of(&lists[PQC_ASYM]);
    settings->measurement_hashes = left_of(&lists[MEASUREMENT_HASH]);
    set->other_params = (uint8_t)left_of(&lists[OTHER_PARAMS]);
    for (size_t i = 0; i < SPDM_TABLES; i++) {
        set->tables[i].algorithms = (uint16_t)left_of(&lists[FIRST_TABLE + i]);
        set->tables[i].is_present = set->tables[i].algorithms != 0;
    }
}

static bool take_algorithm(struct list lists[LISTS], slice word)
{
    const uint8_t *const colon = memchr(word.data, ':', word.size);
    const slice list = {word.data, colon ? (size_t)(colon - word.data) : 0};
    const slice name = colon ? (slice){colon + 1, word.size - list.size - 1} : word;
    bool is_known = false;
    for (size_t i = 0; i < LISTS; i++) {
        const uint32_t bit = spdm_said_bit(lists[i].name, name);
        const bool is_meant = colon && slice_equal(list, slice_of_text(lists[i].name));
        const bool is_none = is_meant && slice_equal(name, slice_of_text("none"));
        is_known = is_known || is_none || (bit && (is_meant || !colon));
        if (is_meant) {
            lists[i].is_named = true;
            lists[i].by_list |= bit;
        } else if (!colon) {
            lists[i].by_name |= bit;
        }
    }
    return is_known;
}

static bool take_algorithms(const char *command, const char *words, struct spdm_settings *settings)
{
    struct list lists[LISTS];
    slice word;
    lists_of(settings, lists);
    while (next_word(&words, &word))
        if (!take_algorithm(lists, word))
            return complain(command, word, "is no algorithm of SPDM, and no list of them");
    put_back(lists, settings);
    return true;
}

/* ---- capabilities ---- */

/* Of a field of two bits there is one value or the other. */
static uint32_t field_of(uint32_t bit)
{
    static const uint32_t fields[] = {SPDM_MEAS_CAP, SPDM_PSK_CAP, SPDM_EP_INFO_CAP,
                                      SPDM_MULTI_KEY_CAP};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (bit & fields[i])
            return fields[i];
    return bit;
}

static bool take_capabilities(const char *command, const char *words,
                              struct spdm_settings *settings)
{
    uint32_t *const flags = &settings->capabilities.flags;
    slice word;
    if (*words != '-' && *words != '+')
        *flags = 0;
    while (next_word(&words, &word)) {
        const bool is_without = word.size && word.data[0] == '-';
        const bool is_signed = is_without || (word.size && word.data[0] == '+');
        const slice name = is_signed ? (slice){word.data + 1, word.size - 1} : word;
        const uint32_t bit = spdm_said_bit("flags", name);
        if (!bit)
            return complain(command, word, "is no capability of SPDM");
        *flags &= ~field_of(bit);
        if (!is_without)
            *flags |= bit;
    }
    return true;
}

/* ---- sizes ---- */

static bool take_transfer(const char *command, const char *text, struct spdm_settings *settings)
{
    struct spdm_capabilities *const capabilities = &settings->capabilities;
    char *end;
    const unsigned long size = strtoul(text, &end, 10);
    if (*end || text[0] < '0' || text[0] > '9' || size < SPDM_DATA_TRANSFER_SIZE_MIN ||
        size > capabilities->data_transfer_size)
        return complain(command, slice_of_text(text), "is no size that a message can have");
    capabilities->data_transfer_size = (uint32_t)size;
    return true;
}

bool spdm_offer_narrow(const char *command, const struct spdm_offer_words *words,
                       struct spdm_settings *settings)
{
    struct spdm_capabilities *const capabilities = &settings->capabilities;
    if ((words->versions && !take_versions(command, words->versions, settings)) ||
        (words->algorithms && !take_algorithms(command, words->algorithms, settings)) ||
        (words->capabilities && !take_capabilities(command, words->capabilities, settings)) ||
        (words->transfer && !take_transfer(command, words->transfer, settings)))
        return false;
    if (!(capabilities->flags & SPDM_CHUNK_CAP))
        capabilities->message_size_max = capabilities->data_transfer_size;
    return true;
}
