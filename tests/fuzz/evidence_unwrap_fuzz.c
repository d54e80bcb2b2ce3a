/* SPDX-License-Identifier: Apache-2.0 */

/* A file that somebody calls evidence: what comes out is within limits and of its wrapper's type.
 */

#include "evidence/cmw.h"
#include "evidence/platform.h"
#include "evidence/tagged.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read of the claims lies in them, and is of the size that its kind has. */
static void try_tagged(slice file)
{
    struct tagged tagged;
    enum hash hash;
    slice digest;
    if (tagged_read(file, &tagged).fault)
        return;
    assert(tagged_begins(file) && tagged.evidence.size);
    if (tagged_key_hash(&tagged, &hash, &digest).fault || hash == HASH_NONE)
        return;
    assert(digest.size == hash_size(hash) && digest.data >= tagged.claims.data &&
           digest.data + digest.size <= tagged.claims.data + tagged.claims.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(buffer) evidence = {0};
    SCOPED(cmw_content) content = {0};
    char type[CMW_MEDIA_TYPE_SIZE];
    const slice file = {data, size};
    if (!evidence_unwrap(file, &evidence, type).fault) {
        assert(evidence.size > 0 && evidence.size <= EVIDENCE_SIZE_MAX);
        assert(memchr(type, 0, sizeof type));
        if (*type || platform_of(file))
            assert(platform_of(buffer_view(&evidence)));
    }
    /* Wrappers seldom hold what a platform recognises; their readers are tried without that. */
    if (!cmw_content_read_cbor(file, &content).fault)
        assert(*content.type && cmw_begins_cbor(file));
    try_tagged(file);
    cmw_content_clear(&content);
    if (!cmw_content_read_json(file, &content).fault)
        assert(*content.type);
    return 0;
}
