/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/revocation.h"

#include "codec/json.h"
#include "codec/text.h"

enum { SERIAL_SIZE_MAX = 20 }; /* spec: RFC 5280, "Serial Number" */

/* Told from other JSON without reading it all twice: its one member is called so. */
size_t android_revocation_size(slice file)
{
    slice entries;
    if (json_member_bytes(file, "entries", &entries).fault || !entries.size ||
        entries.data[0] != '{')
        return 0;
    return file.size;
}

/* As the list writes serial numbers: lower-case hex, without leading zeros. False for one that no
 * list can name: longer than they may be, or not positive. */
static bool serial_text(const struct certificate *certificate, char out[2 * SERIAL_SIZE_MAX + 1])
{
    SCOPED(buffer) serial = {0};
    char digits[2 * SERIAL_SIZE_MAX + 1];
    if (certificate_serial(certificate, &serial).fault || serial.size == 0 ||
        serial.size > SERIAL_SIZE_MAX)
        return false;
    hex_write(buffer_view(&serial), digits);
    const char *const first = digits + (digits[0] == '0');
    for (size_t i = 0; i <= 2 * SERIAL_SIZE_MAX; i++) {
        out[i] = first[i];
        if (!first[i])
            break;
    }
    return true;
}

/* An entry of any status is one that Google takes back. */
static bool is_listed(const json_t *entries, const struct certificate *certificate)
{
    char serial[2 * SERIAL_SIZE_MAX + 1];
    return !serial_text(certificate, serial) || json_object_get(entries, serial);
}

static bool lists_any(const json_t *entries, const struct android_chain *chain,
                      const struct certificate *root)
{
    for (size_t i = 0; i < chain->count; i++)
        if (is_listed(entries, &chain->certificates[i]))
            return true;
    return is_listed(entries, root);
}

static enum android_revocation look_up(const struct android_chain *chain,
                                       const struct certificate *root, const struct json *list)
{
    json_t *entries;
    if (!list->root || json_object_member(list->root, "entries", &entries).fault)
        return ANDROID_REVOCATION_MALFORMED;
    return lists_any(entries, chain, root) ? ANDROID_REVOCATION_LISTED
                                           : ANDROID_REVOCATION_UNLISTED;
}

enum android_revocation android_revocation_of(const struct android_chain *chain,
                                              const struct certificate *root,
                                              const struct endorsements *endorsements)
{
    const size_t count = endorsements->base ? endorsements->lent_count : endorsements->count;
    enum android_revocation worst = ANDROID_REVOCATION_NONE;
    for (size_t i = 0; i < count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind != ENDORSEMENT_ANDROID_REVOCATION)
            continue;
        const enum android_revocation found = look_up(chain, root, &item->json);
        worst = found > worst ? found : worst;
    }
    return worst;
}
