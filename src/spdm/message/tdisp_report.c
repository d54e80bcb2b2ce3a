/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/tdisp_report.h"

enum { RANGE_SIZE = 16 };

struct spdm_tdisp_range spdm_tdisp_range_read(struct reader *reader)
{
    struct spdm_tdisp_range range;
    range.first_page = read_le64(reader);
    range.page_count = read_le32(reader);
    range.attributes = read_le16(reader);
    range.range_id = read_le16(reader);
    return range;
}

void spdm_tdisp_range_write(struct writer *writer, const struct spdm_tdisp_range *range)
{
    write_le64(writer, range->first_page);
    write_le32(writer, range->page_count);
    write_le16(writer, range->attributes);
    write_le16(writer, range->range_id);
}

status spdm_tdisp_report_read(slice bytes, struct spdm_tdisp_report *out)
{
    struct reader reader = reader_of(bytes);
    struct spdm_tdisp_report report;

    report.interface_info = read_le16(&reader);
    read_le16(&reader); /* reserved */
    report.msix_control = read_le16(&reader);
    report.lnr_control = read_le16(&reader);
    report.tph_control = read_le32(&reader);
    report.range_count = read_le32(&reader);
    if (report.range_count > SPDM_TDISP_RANGES_MAX)
        return FAIL(EXHAUSTED, "TDISP report has more ranges than we take");
    report.ranges = read_bytes(&reader, report.range_count * (size_t)RANGE_SIZE);
    report.device_specific = read_bytes(&reader, read_le32(&reader));
    TRY(reader_finish(&reader));
    *out = report;
    return OK;
}

void spdm_tdisp_report_write(struct writer *writer, const struct spdm_tdisp_report *report)
{
    write_le16(writer, report->interface_info);
    write_le16(writer, 0); /* reserved */
    write_le16(writer, report->msix_control);
    write_le16(writer, report->lnr_control);
    write_le32(writer, report->tph_control);
    write_le32(writer, report->range_count);
    write_bytes(writer, report->ranges);
    write_le32(writer, (uint32_t)report->device_specific.size);
    write_bytes(writer, report->device_specific);
}
