/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/version.h"

status spdm_get_version_read(struct reader *reader)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_GET_VERSION, &header));
    return header.version == SPDM_1_0 ? OK : FAIL(MALFORMED, "GET_VERSION is not sent as 1.0");
}

void spdm_get_version_write(struct writer *writer)
{
    spdm_header_write(writer, &(struct spdm_header){SPDM_1_0, SPDM_GET_VERSION, 0, 0});
}

status spdm_version_read(struct reader *reader, struct spdm_version *out)
{
    struct spdm_header header;
    struct spdm_version version = {0};

    TRY(spdm_header_expect(reader, SPDM_VERSION, &header));
    read_u8(reader); /* reserved */
    version.entry_count = read_u8(reader);
    if (version.entry_count > SPDM_VERSION_ENTRIES_MAX)
        return FAIL(EXHAUSTED, "VERSION lists more entries than we keep");
    for (size_t i = 0; i < version.entry_count; i++)
        version.entries[i] = read_le16(reader);
    TRY(spdm_message_was_whole(reader));

    if (header.version != SPDM_1_0)
        return FAIL(MALFORMED, "VERSION is not sent as 1.0");
    if (version.entry_count == 0)
        return FAIL(MALFORMED, "VERSION lists no version");
    *out = version;
    return OK;
}

void spdm_version_write(struct writer *writer, const struct spdm_version *version)
{
    spdm_header_write(writer, &(struct spdm_header){SPDM_1_0, SPDM_VERSION, 0, 0});
    write_u8(writer, 0); /* reserved */
    write_u8(writer, (uint8_t)version->entry_count);
    for (size_t i = 0; i < version->entry_count; i++)
        write_le16(writer, version->entries[i]);
}
