/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A TPM's evidence from a stranger, whole and by its parts: what is read writes the same bytes
 * again, and nobody's own key is ever believed.
 */

#include "evidence/platform.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/quote.h"
#include "evidence/tpm/signature.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(slice part, slice whole)
{
    return part.size == 0 ||
           (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static void check_attest(slice bytes)
{
    struct tpm_attest attest;
    if (tpm_attest_read(bytes, &attest).fault)
        return;
    assert(attest.selection_count <= TPM_SELECTIONS_MAX);
    assert(is_within(attest.extra_data, bytes) && is_within(attest.pcr_digest, bytes));
    for (size_t i = 0; i < attest.selection_count; i++)
        assert(attest.selections[i].pcrs >> TPM_PCR_COUNT == 0);
}

static void check_public(slice bytes)
{
    struct tpm_public public;
    struct tpm_name name;
    if (tpm_public_read(bytes, &public).fault)
        return;
    assert(is_within(public.area, bytes) && is_within(public.modulus, public.area));
    assert(is_within(public.x, public.area) && is_within(public.y, public.area));
    if (!tpm_public_name(&public, &name).fault)
        assert(name.size > 2 && name.size <= TPM_NAME_SIZE_MAX);
    SCOPED(public_key) key = {0};
    if (!tpm_public_key(&public, &key).fault)
        assert(key.pkey);
}

static void check_signature(slice bytes)
{
    struct tpm_signature signature;
    if (tpm_signature_read(bytes, &signature).fault)
        return;
    assert(is_within(signature.rsa, bytes) && is_within(signature.r, bytes));
}

static void check_container(slice bytes)
{
    struct tpm_evidence evidence;
    SCOPED(buffer) again = {0};
    if (tpm_evidence_read(bytes, &evidence).fault)
        return;
    assert(tpm_evidence_form(bytes) != TPM_FORM_NONE && evidence.quote_count > 0);
    if (tpm_evidence_write(&evidence, &again).fault)
        return; /* larger than we write */
    assert(slice_equal(buffer_view(&again), bytes));
}

static void check_platform(slice bytes)
{
    const struct platform *const platform = platform_named("tpm");
    const struct verification request = {.evidence = bytes};
    struct facts *const facts = calloc(1, sizeof *facts);
    assert(facts);
    if (!platform->verify(&request, facts).fault)
        assert(!facts_authentic(facts));
    free(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice bytes = {data, size};
    check_attest(bytes);
    check_public(bytes);
    check_signature(bytes);
    check_container(bytes);
    if (tpm_evidence_form(bytes) == TPM_FORM_TPM)
        check_platform(bytes);
    return 0;
}
