/* SPDX-License-Identifier: Apache-2.0 */

/* A folder from a stranger, its files each after a length: what is packed can be read. */

#include "codec/reader.h"
#include "evidence/tpm/pack.h"
#include "evidence/tpm/quote.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice files[TPM_PACK_FILES_MAX];
    size_t count = 0;
    struct tpm_evidence evidence;
    SCOPED(buffer) packed = {0};
    struct reader reader = reader_of((slice){data, size});
    while (reader.left.size && !reader.short_of_input && count < TPM_PACK_FILES_MAX)
        files[count++] = read_bytes(&reader, read_be16(&reader));
    if (tpm_pack_files(files, count, &packed).fault) {
        assert(packed.size == 0);
        return 0;
    }
    assert(tpm_evidence_form(buffer_view(&packed)) != TPM_FORM_NONE);
    const status read = tpm_evidence_read(buffer_view(&packed), &evidence);
    /* A part may be larger than a container takes it. */
    assert(!read.fault || read.fault->failure == FAILURE_MALFORMED);
    return 0;
}
