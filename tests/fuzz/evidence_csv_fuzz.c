/* SPDX-License-Identifier: Apache-2.0 */

/* A CSV report and its chip's certificates from a stranger: a u16 gives the size of the report, the
 * rest is certificates. Nobody trusts what they end in. */

#include "codec/reader.h"
#include "evidence/csv/report.h"
#include "evidence/platform.h"

#include "share.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform csv_platform;

static void check_parts(slice evidence, const struct csv_report *report)
{
    const uint8_t *const end = evidence.data + evidence.size;
    assert(report->version == 1 || report->version == 2);
    assert(report->signed_bytes.data == evidence.data);
    assert(report->signed_bytes.size == (report->version == 1 ? 0xb4u : 0x400u));
    assert(report->signature_r.size == CSV_NUMBER_SIZE);
    assert(report->signature_s.data == report->signature_r.data + CSV_NUMBER_SIZE);
    assert(report->mac_bytes.data + report->mac_bytes.size == report->mac.data);
    assert(report->mac.size == CSV_DIGEST_SIZE && report->mac.data + report->mac.size <= end);
}

static void check_certificates(slice file)
{
    struct csv_certificate certificate;
    struct public_key key = {0};
    const size_t size = csv_certificate_begins(file);
    assert(size == 0 || size == CSV_ROOT_CERTIFICATE_SIZE || size == CSV_CERTIFICATE_SIZE);
    if (size && size <= file.size &&
        !csv_certificate_read((slice){file.data, size}, &certificate).fault) {
        assert(certificate.user_id.size <= CSV_USER_ID_SIZE_MAX);
        assert(certificate.signature_count >= 1 &&
               certificate.signature_count <= CSV_SIGNATURES_MAX);
    }
    if (!csv_anchor_read(file, &key).fault)
        assert(file.size == CSV_ROOT_CERTIFICATE_SIZE);
    public_key_clear(&key);
}

/* Each reads the report again. */
static void inspect(slice evidence, const struct csv_report *report, bool is_read)
{
    static struct facts facts;
    slice stored;
    memset(&facts, 0, sizeof facts);
    const status inspected = csv_platform.inspect(evidence, NULL, &facts);
    assert(!inspected.fault == is_read);
    assert(!csv_platform.report_data(evidence, &stored).fault == is_read);
    if (is_read)
        assert(csv_platform.is_bound(stored, SLICE(report->report_data)));
}

/* With endorsements a PEK is looked up, and signatures are verified for it. */
static void verify_with(slice evidence, const struct endorsements *endorsements, bool is_read)
{
    static struct facts facts;
    const struct verification request = {
        .evidence = evidence, .endorsements = endorsements, .now_s = 1};
    memset(&facts, 0, sizeof facts);
    const status inspected = csv_platform.inspect(evidence, endorsements, &facts);
    assert(!inspected.fault == is_read);
    memset(&facts, 0, sizeof facts);
    const status verified = csv_platform.verify(&request, &facts);
    assert(!verified.fault == is_read && !facts_authentic(&facts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_report report;
    struct reader reader = reader_of((slice){data, size});
    const size_t report_size = read_le16(&reader);
    const slice evidence =
        read_bytes(&reader, report_size < reader.left.size ? report_size : reader.left.size);
    const slice file = reader.left;
    const bool is_read = !csv_report_read(evidence, &report).fault;
    SCOPED(endorsements) endorsements = {0};

    if (is_read)
        check_parts(evidence, &report);
    if (csv_platform.recognises(evidence) && evidence.size != CSV_REPORT_PAGE_SIZE)
        assert(is_read);
    check_certificates(file);
    (void)!endorsements_add(&endorsements, file).fault;
    if (is_in_share((slice){data, size}, 8))
        inspect(evidence, &report, is_read);
    if (is_in_share((slice){data, size}, 64))
        verify_with(evidence, &endorsements, is_read);
    return 0;
}
