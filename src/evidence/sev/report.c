/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/report.h"

#include "codec/reader.h"
#include "evidence/sev/certificate.h"

status sev_report_read(slice bytes, struct sev_report *out)
{
    struct sev_report report;
    struct reader reader = reader_of(bytes);
    if (bytes.size < SEV_REPORT_SIZE)
        return FAIL(TRUNCATED, "an SEV report has 208 bytes");
    if (bytes.size > SEV_REPORT_SIZE)
        return FAIL(MALFORMED, "bytes follow the SEV report");
    report.mnonce = read_bytes(&reader, 16);
    report.measurement = read_bytes(&reader, SEV_DIGEST_SIZE);
    report.policy = read_le32(&reader);
    const uint32_t signature_usage = read_le32(&reader);
    report.signature_algorithm = read_le32(&reader);
    report.reserved = read_le32(&reader);
    report.signed_bytes = (slice){bytes.data, SEV_REPORT_SIGNED_SIZE};
    report.signature = read_bytes(&reader, 2 * SEV_NUMBER_SIZE);
    TRY(reader_finish(&reader));
    if (signature_usage != SEV_USAGE_PEK)
        return FAIL(UNSUPPORTED, "208 bytes that are no SEV report: no PEK signed them");
    *out = report;
    return OK;
}
