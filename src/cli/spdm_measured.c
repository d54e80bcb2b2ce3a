/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_measured.h"

#include "cli/print.h"
#include "gateway/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
    [SPDM_MEASURED_ROM] = "rom",
    [SPDM_MEASURED_FIRMWARE] = "firmware",
    [SPDM_MEASURED_HARDWARE_CONFIGURATION] = "hardware-configuration",
    [SPDM_MEASURED_FIRMWARE_CONFIGURATION] = "firmware-configuration",
    [SPDM_MEASUREMENT_MANIFEST] = "manifest",
    [SPDM_MEASURED_DEVICE_MODE] = "device-mode",
    [SPDM_MEASURED_VERSION] = "version",
    [SPDM_MEASURED_SECURITY_VERSION] = "security-version",
    [SPDM_MEASURED_HASH_EXTEND] = "hash-extend",
    [SPDM_MEASURED_INFORMATION] = "information",
    [SPDM_STRUCTURED_MEASUREMENT_MANIFEST] = "structured-manifest",
};

enum { KINDS = sizeof kinds / sizeof *kinds };

void spdm_measured_list_clear(struct spdm_measured_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buffer_clear(&list->items[i].value);
    list->count = 0;
}

/* ---- words ---- */

static bool read_kind(const char *name, size_t size, uint8_t *out)
{
    for (uint8_t i = 0; i < KINDS; i++)
        if (strlen(kinds[i]) == size && strncmp(kinds[i], name, size) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* The path, or NULL when the text is no measurement. */
static const char *read_words(const char *text, struct spdm_measured *out)
{
    char *end;
    const unsigned long index = strtoul(text, &end, 10);
    const char *const path = strchr(end, '=');
    if (text[0] < '0' || text[0] > '9' || *end != ':' || index < 1 ||
        index > SPDM_INDEX_DEVICE_MODE || !path)
        return NULL;
    out->index = (uint8_t)index;
    return read_kind(end + 1, (size_t)(path - end) - 1, &out->kind) ? path + 1 : NULL;
}

static bool is_taken(const struct spdm_measured_list *list, uint8_t index)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].index == index)
            return true;
    return false;
}

static bool load_one(const char *command, const char *text, struct spdm_measured_list *list)
{
    struct spdm_measured *const item = &list->items[list->count];
    struct problem problem = {0};
    const char *const path = read_words(text, item);
    if (!path || is_taken(list, item->index)) {
        fprintf(stderr, "%s: '", command);
        print_escaped(stderr, slice_of_text(text));
        fprintf(stderr, "' %s\n", path ? "has the index of another" : "is no INDEX:KIND=FILE");
        return false;
    }
    if (file_load(path, SPDM_MEASUREMENT_VALUE_SIZE_MAX, &item->value, &problem).fault) {
        fprintf(stderr, "%s: %s\n", command, problem.text);
        return false;
    }
    list->count++;
    return true;
}

bool spdm_measured_load(const char *command, const struct option_texts *texts,
                        struct spdm_measured_list *out)
{
    for (size_t i = 0; i < texts->count; i++)
        if (!load_one(command, texts->texts[i], out))
            return false;
    return true;
}

/* ---- blocks ---- */

/* spec: DSP0274 1.4, "DMTFSpecMeasurementValueType": what is told and not hashed */
static bool is_always_raw(uint8_t kind)
{
    return kind == SPDM_MEASURED_DEVICE_MODE || kind == SPDM_MEASURED_VERSION ||
           kind == SPDM_MEASURED_SECURITY_VERSION;
}

static status write_block(const struct spdm_measured *item, const struct spdm_measuring *what,
                          struct writer *record)
{
    struct digest digest;
    struct spdm_measurement_block block = {
        .index = item->index,
        .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
        .is_raw = what->asks_raw || what->hash == HASH_NONE || is_always_raw(item->kind),
        .kind = item->kind,
        .value = buffer_view(&item->value),
    };
    if (!block.is_raw) {
        TRY(digest_of(what->hash, block.value, &digest));
        block.value = (slice){digest.data, digest.size};
    }
    spdm_measurement_block_write(record, &block);
    return OK;
}

status spdm_measured_write(const struct spdm_measured_list *list, const struct spdm_measuring *what,
                           struct writer *record, uint8_t *out_count)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (what->operation != SPDM_MEASUREMENTS_ALL && what->operation != list->items[i].index)
            continue;
        TRY(write_block(&list->items[i], what, record));
        count++;
    }
    if (what->operation == SPDM_MEASUREMENTS_COUNT)
        count = list->count;
    else if (!count && what->operation != SPDM_MEASUREMENTS_ALL)
        return FAIL(UNEXPECTED, "no measurement has this index");
    *out_count = (uint8_t)count;
    return OK;
}
