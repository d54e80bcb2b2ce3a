/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/object.h"

#include "codec/text.h"

#include <stdlib.h>
#include <string.h>

void object_clear(struct object *object)
{
    buffer_clear(&object->bytes);
    *object = (struct object){0};
}

void objects_clear(struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        object_clear(&objects->items[i]);
    free(objects->items);
    *objects = (struct objects){0};
}

bool object_supersedes(const struct object *next, const struct object *stored)
{
    if (stored->trust == ROOT_PINNED && next->trust != ROOT_PINNED)
        return false;
    if (next->trust == ROOT_PINNED && stored->trust != ROOT_PINNED)
        return true;
    if (next->edition != stored->edition)
        return next->edition > stored->edition;
    return next->issued_s >= stored->issued_s;
}

static struct object *find(const struct objects *objects, const char *name)
{
    for (size_t i = 0; i < objects->count; i++)
        if (strcmp(objects->items[i].name, name) == 0)
            return &objects->items[i];
    return NULL;
}

const struct object *objects_named(const struct objects *objects, const char *name)
{
    return find(objects, name);
}

static void replace(struct object *place, struct object *object)
{
    object_clear(place);
    *place = *object;
    *object = (struct object){0};
}

status objects_add(struct objects *objects, struct object *object)
{
    struct object *const known = find(objects, object->name);
    if (known) {
        if (object_supersedes(object, known))
            replace(known, object);
        return OK;
    }
    if (objects->count == OBJECTS_MAX)
        return FAIL(EXHAUSTED, "more objects than we take at once");
    struct object *const items =
        reallocarray(objects->items, objects->count + 1, sizeof *objects->items);
    if (!items)
        return FAIL(EXHAUSTED, "no memory for collateral");
    objects->items = items;
    objects->items[objects->count++] = *object;
    *object = (struct object){0};
    return OK;
}

status objects_read(const struct endorsements *pool, struct objects *out)
{
    TRY(objects_read_amd(pool, out));
    TRY(objects_read_intel(pool, out));
    TRY(objects_read_hygon(pool, out));
    return objects_read_android(pool, out);
}

size_t pool_size(const struct endorsements *pool)
{
    return pool->count + pool->anchor_count;
}

const struct certificate *pool_certificate(const struct endorsements *pool, size_t index)
{
    if (index >= pool->count) {
        const struct certificate *const anchor = &pool->anchors[index - pool->count].certificate;
        return anchor->x509 ? anchor : NULL;
    }
    const struct endorsement *const item = &pool->items[index];
    return item->kind == ENDORSEMENT_CERTIFICATE ? &item->certificate : NULL;
}

bool is_named(const struct certificate *certificate, const char *common_name)
{
    char name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(certificate, name);
    return *name && strcmp(name, common_name) == 0;
}

static status append_block(struct object *object, const char *label, slice der)
{
    SCOPED(buffer) pem = {0};
    TRY(pem_write(label, der, &pem));
    return buffer_append(&object->bytes, buffer_view(&pem));
}

status object_append_certificate(struct object *object, const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    if (object->next_update_s == 0 || certificate->not_after_s < object->next_update_s)
        object->next_update_s = certificate->not_after_s;
    return append_block(object, "CERTIFICATE", buffer_view(&der));
}

status object_append_crl(struct object *object, slice der)
{
    return append_block(object, "X509 CRL", der);
}
