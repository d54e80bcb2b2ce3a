/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/doe_discovery.h"

enum { VENDOR_PCI_SIG = 1, VENDOR_NONE = 0xFFFF, TYPE_SPDM = 1, TYPE_SECURED = 2, TYPE_COUNT = 3 };

void spdm_doe_discovery_ask(struct writer *writer, const struct spdm_doe_discovery *discovery)
{
    write_u8(writer, discovery->index);
    write_u8(writer, 0);   /* version of discovery */
    write_le16(writer, 0); /* reserved */
}

status spdm_doe_discovery_take(struct spdm_doe_discovery *discovery, slice answer)
{
    struct reader reader = reader_of(answer);
    const uint16_t vendor = read_le16(&reader);
    const uint8_t type = read_u8(&reader);
    const uint8_t next = read_u8(&reader);
    TRY(reader_finish(&reader));
    if (next && next <= discovery->index)
        return FAIL(MALFORMED, "DOE discovery goes back to an index it gave before");

    discovery->has_spdm |= vendor == VENDOR_PCI_SIG && type == TYPE_SPDM;
    discovery->has_secured |= vendor == VENDOR_PCI_SIG && type == TYPE_SECURED;
    discovery->index = next;
    discovery->is_done = next == 0;
    return OK;
}

status spdm_doe_discovery_answer(slice question, struct writer *writer)
{
    struct reader reader = reader_of(question);
    const uint8_t index = read_u8(&reader);
    read_u8(&reader);   /* version of discovery */
    read_le16(&reader); /* reserved */
    TRY(reader_finish(&reader));

    const bool is_known = index < TYPE_COUNT;
    write_le16(writer, is_known ? VENDOR_PCI_SIG : VENDOR_NONE);
    write_u8(writer, is_known ? index : 0); /* our types are numbered from 0 */
    write_u8(writer, index + 1 < TYPE_COUNT ? (uint8_t)(index + 1) : 0);
    return OK;
}
