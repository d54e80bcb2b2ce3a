/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/attest.h"

#include "codec/reader.h"

enum {
    SELECT_SIZE_MAX = 4, /* bytes of a bitmap; three hold all registers there are */
    DIGEST_SIZE_MAX = 64,
    NAME_SIZE_MAX = 2 + DIGEST_SIZE_MAX,
};

static slice read_sized(struct reader *reader)
{
    return read_bytes(reader, read_be16(reader));
}

static status read_clock(struct reader *reader, struct tpm_attest *attest)
{
    attest->clock = read_be64(reader);
    attest->reset_count = read_be32(reader);
    attest->restart_count = read_be32(reader);
    const uint8_t safe = read_u8(reader);
    if (safe > 1)
        return FAIL(MALFORMED, "the TPM's clock is neither safe nor unsafe");
    attest->safe = safe;
    return OK;
}

static status read_selection(struct reader *reader, struct tpm_pcr_selection *out)
{
    out->hash = read_be16(reader);
    const uint8_t size = read_u8(reader);
    if (size > SELECT_SIZE_MAX)
        return FAIL(MALFORMED, "the bitmap of a PCR selection is too large");
    const slice bitmap = read_bytes(reader, size);
    for (size_t i = 0; i < bitmap.size; i++)
        out->pcrs |= (uint32_t)bitmap.data[i] << 8 * i;
    if (out->pcrs >> TPM_PCR_COUNT)
        return FAIL(UNSUPPORTED, "the quote is of a PCR above 23");
    return OK;
}

static status read_quote(struct reader *reader, struct tpm_attest *attest)
{
    const uint32_t count = read_be32(reader);
    if (count > TPM_SELECTIONS_MAX)
        return FAIL(EXHAUSTED, "the quote has more PCR selections than we keep");
    attest->selection_count = count;
    for (size_t i = 0; i < count; i++)
        TRY(read_selection(reader, &attest->selections[i]));
    attest->pcr_digest = read_sized(reader);
    return OK;
}

status tpm_attest_read(slice bytes, struct tpm_attest *out)
{
    struct reader reader = reader_of(bytes);
    struct tpm_attest attest = {.signed_bytes = bytes};
    attest.magic = read_be32(&reader);
    const uint16_t type = read_be16(&reader);
    if (!reader.short_of_input && type != TPM_ST_ATTEST_QUOTE)
        return FAIL(UNSUPPORTED, "the TPM attests something else than PCRs");
    attest.qualified_signer = read_sized(&reader);
    attest.extra_data = read_sized(&reader);
    TRY(read_clock(&reader, &attest));
    attest.firmware_version = read_be64(&reader);
    TRY(read_quote(&reader, &attest));
    TRY(reader_finish(&reader));
    if (attest.qualified_signer.size > NAME_SIZE_MAX || attest.extra_data.size > NAME_SIZE_MAX ||
        attest.pcr_digest.size > DIGEST_SIZE_MAX)
        return FAIL(MALFORMED, "a field of the quote is larger than a TPM makes it");
    *out = attest;
    return OK;
}
