/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Says what our verifier finds, one line of JSON for each line of JSON; reasons without the name of
 * the platform before them:
 *   {"quote": hex, "endorsements": [hex, ...], "trust": [hex, ...], "at_s": number}
 *   {"read": bool, "why": text, "authentic": bool, "reasons": [...], "claims": {...}}
 * Endorsements that cannot be read are left out, as if nobody had sent them.
 */

#include "codec/text.h"
#include "evidence/platform.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buffer bytes_of(const json_t *hex)
{
    struct buffer bytes = {0};
    const char *const text = json_string_value(hex);
    if (!text || hex_read(slice_of_text(text), &bytes).fault) {
        fputs("a member of a request is not hexadecimal\n", stderr);
        exit(2);
    }
    return bytes;
}

static void add_all(const json_t *list, struct endorsements *endorsements,
                    status (*add)(struct endorsements *endorsements, slice file))
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        SCOPED(buffer) file = bytes_of(json_array_get(list, i));
        const status added = add(endorsements, buffer_view(&file));
        (void)added;
    }
}

static json_t *text_of(slice bytes)
{
    return json_stringn((const char *)bytes.data, bytes.size);
}

/* A list of texts, which claims keep with a NUL between them. */
static json_t *list_of(slice bytes)
{
    json_t *const list = json_array();
    size_t begin = 0;
    for (size_t i = 0; i <= bytes.size; i++)
        if (i == bytes.size || bytes.data[i] == 0) {
            if (i > begin)
                json_array_append_new(list, text_of((slice){bytes.data + begin, i - begin}));
            begin = i + 1;
        }
    return list;
}

/* The claims that are texts, lists of texts or flags; the others are in the quote already. */
static json_t *claims_of(const struct claims *claims)
{
    json_t *const object = json_object();
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *const claim = &claims->entries[i];
        const slice value = claim_value(claims, claim);
        if (claim->kind == CLAIM_TEXT)
            json_object_set_new(object, claim->name, text_of(value));
        else if (claim->kind == CLAIM_TEXTS)
            json_object_set_new(object, claim->name, list_of(value));
        else if (claim->kind == CLAIM_FLAG)
            json_object_set_new(object, claim->name, json_boolean(claim->number));
    }
    return object;
}

static json_t *reasons_of(const struct facts *facts)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            json_array_append_new(list, json_string(strchr(facts->checks[i].reason, '_') + 1));
    return list;
}

static json_t *answer(const json_t *request)
{
    static struct facts facts;
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) quote = bytes_of(json_object_get(request, "quote"));
    add_all(json_object_get(request, "endorsements"), &endorsements, endorsements_add);
    add_all(json_object_get(request, "trust"), &endorsements, endorsements_trust);

    const struct verification verification = {
        .evidence = buffer_view(&quote),
        .endorsements = &endorsements,
        .now_s = json_integer_value(json_object_get(request, "at_s"))};
    facts = (struct facts){0};
    const struct platform *const platform = platform_of(verification.evidence);
    const status verified = platform ? platform->verify(&verification, &facts)
                                     : FAIL(UNSUPPORTED, "it is no quote of a TEE that we know");
    if (verified.fault)
        return json_pack("{s:b,s:s,s:b}", "read", 0, "why", verified.fault->what, "authentic", 0);
    return json_pack("{s:b,s:b,s:o,s:o}", "read", 1, "authentic", facts_authentic(&facts),
                     "reasons", reasons_of(&facts), "claims", claims_of(&facts.claims));
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        json_t *const request = json_loads(line, 0, NULL);
        if (!request) {
            fputs("a request is not JSON\n", stderr);
            return 2;
        }
        json_t *const reply = answer(request);
        json_dumpf(reply, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(reply);
        json_decref(request);
    }
    free(line);
    return 0;
}
