/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tools_json.h"

#include "codec/text.h"
#include "codec/writer.h"
#include "evidence/snp/report.h"

#include <string.h>

enum {
    PAGE_SIZE = 4096, /* in which a CSV report comes */
    SNP_VERSION_MAX = 4,
    VERSION_WITH_CPUID = 3,
    CERTIFICATES_MAX = 8,
    DEVICES_MAX = 32,
    CERTIFICATE_BYTES_MAX = 16 << 10,
    SIGNATURE_RESERVED = 368,
};

/* ---- numbers and lists of bytes ---- */

static status byte_at(const json_t *array, size_t index, uint8_t *out)
{
    const json_t *const number = json_array_get(array, index);
    if (!json_is_integer(number) || json_integer_value(number) < 0 ||
        json_integer_value(number) > UINT8_MAX)
        return FAIL(MALFORMED, "a list of bytes in the JSON holds something else");
    *out = (uint8_t)json_integer_value(number);
    return OK;
}

static status append_bytes(const json_t *array, size_t most, struct buffer *out)
{
    if (!json_is_array(array))
        return FAIL(MALFORMED, "the JSON lacks a list of bytes");
    if (json_array_size(array) > most)
        return FAIL(EXHAUSTED, "a list of bytes in the JSON is longer than we read");
    for (size_t i = 0; i < json_array_size(array); i++) {
        uint8_t byte;
        TRY(byte_at(array, i, &byte));
        TRY(buffer_append(out, (slice){&byte, 1}));
    }
    return OK;
}

/* Exactly `size` bytes of the member `key`. */
static status write_list(const json_t *object, const char *key, size_t size, struct writer *writer)
{
    const json_t *const array = json_object_get(object, key);
    if (json_array_size(array) != size)
        return FAIL(MALFORMED, "a list of bytes in the JSON has another size than its field");
    for (size_t i = 0; i < size; i++) {
        uint8_t byte;
        TRY(byte_at(array, i, &byte));
        write_u8(writer, byte);
    }
    return OK;
}

static status write_number8(const json_t *object, const char *key, struct writer *writer)
{
    uint64_t number;
    TRY(json_number(object, key, UINT8_MAX, &number));
    write_u8(writer, (uint8_t)number);
    return OK;
}

static status write_number32(const json_t *object, const char *key, struct writer *writer)
{
    uint64_t number;
    TRY(json_number(object, key, UINT32_MAX, &number));
    write_le32(writer, (uint32_t)number);
    return OK;
}

static status write_number64(const json_t *object, const char *key, struct writer *writer)
{
    uint64_t number;
    TRY(json_number(object, key, INT64_MAX, &number));
    write_le64(writer, number);
    return OK;
}

static void write_zeros(struct writer *writer, size_t size)
{
    for (size_t i = 0; i < size; i++)
        write_u8(writer, 0);
}

/* ---- an SNP report, field by field ---- */

/* Where there is an FMC level it is Turin's way to write a TCB. */
static status write_tcb(const json_t *report, const char *key, struct writer *writer)
{
    json_t *tcb;
    TRY(json_object_member(report, key, &tcb));
    const bool has_fmc = json_is_integer(json_object_get(tcb, "fmc"));
    if (has_fmc)
        TRY(write_number8(tcb, "fmc", writer));
    TRY(write_number8(tcb, "bootloader", writer));
    TRY(write_number8(tcb, "tee", writer));
    if (!has_fmc)
        write_zeros(writer, 4);
    TRY(write_number8(tcb, "snp", writer));
    if (has_fmc)
        write_zeros(writer, 3);
    return write_number8(tcb, "microcode", writer);
}

static status write_firmware(const json_t *report, const char *key, struct writer *writer)
{
    json_t *firmware;
    TRY(json_object_member(report, key, &firmware));
    TRY(write_number8(firmware, "build", writer));
    TRY(write_number8(firmware, "minor", writer));
    TRY(write_number8(firmware, "major", writer));
    write_u8(writer, 0);
    return OK;
}

static status write_guest(const json_t *report, uint64_t version, struct writer *writer)
{
    write_le32(writer, (uint32_t)version);
    TRY(write_number32(report, "guest_svn", writer));
    TRY(write_number64(report, "policy", writer));
    TRY(write_list(report, "family_id", 16, writer));
    TRY(write_list(report, "image_id", 16, writer));
    TRY(write_number32(report, "vmpl", writer));
    TRY(write_number32(report, "sig_algo", writer));
    TRY(write_tcb(report, "current_tcb", writer));
    TRY(write_number64(report, "plat_info", writer));
    TRY(write_number32(report, "key_info", writer));
    write_le32(writer, 0);
    return OK;
}

static status write_identities(const json_t *report, struct writer *writer)
{
    TRY(write_list(report, "report_data", 64, writer));
    TRY(write_list(report, "measurement", 48, writer));
    TRY(write_list(report, "host_data", 32, writer));
    TRY(write_list(report, "id_key_digest", 48, writer));
    TRY(write_list(report, "author_key_digest", 48, writer));
    TRY(write_list(report, "report_id", 32, writer));
    return write_list(report, "report_id_ma", 32, writer);
}

static status write_machine(const json_t *report, uint64_t version, struct writer *writer)
{
    TRY(write_tcb(report, "reported_tcb", writer));
    if (version >= VERSION_WITH_CPUID) {
        TRY(write_number8(report, "cpuid_fam_id", writer));
        TRY(write_number8(report, "cpuid_mod_id", writer));
        TRY(write_number8(report, "cpuid_step", writer));
    } else {
        write_zeros(writer, 3);
    }
    write_zeros(writer, 21);
    TRY(write_list(report, "chip_id", SNP_CHIP_ID_SIZE, writer));
    TRY(write_tcb(report, "committed_tcb", writer));
    TRY(write_firmware(report, "current", writer));
    TRY(write_firmware(report, "committed", writer));
    return write_tcb(report, "launch_tcb", writer);
}

static status write_signature(const json_t *report, struct writer *writer)
{
    json_t *signature;
    TRY(json_object_member(report, "signature", &signature));
    TRY(write_list(signature, "r", SNP_SIGNATURE_NUMBER_SIZE, writer));
    TRY(write_list(signature, "s", SNP_SIGNATURE_NUMBER_SIZE, writer));
    write_zeros(writer, SIGNATURE_RESERVED);
    return OK;
}

/* What the JSON leaves out is reserved, and zero where the signature holds. */
static status read_snp(const json_t *report, struct buffer *out)
{
    uint8_t space[SNP_REPORT_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    uint64_t version;
    slice bytes;
    TRY(json_number(report, "version", UINT32_MAX, &version));
    if (version > SNP_VERSION_MAX)
        return FAIL(UNSUPPORTED, "an SNP report in JSON of a version whose names we do not know");
    TRY(write_guest(report, version, &writer));
    TRY(write_identities(report, &writer));
    TRY(write_machine(report, version, &writer));
    write_zeros(&writer, SNP_SIGNED_SIZE - writer.size);
    TRY(write_signature(report, &writer));
    TRY(writer_finish(&writer, &bytes));
    return buffer_append(out, bytes);
}

status tools_report_read(const json_t *object, struct buffer *out)
{
    SCOPED(buffer) bytes = {0};
    const json_t *const report = json_object_get(object, "attestation_report");
    if (!json_is_object(report))
        return FAIL(UNSUPPORTED, "the JSON holds no report that we know");
    if (json_object_get(report, "version"))
        TRY(read_snp(report, &bytes));
    else
        TRY(append_bytes(json_object_get(report, "data"), PAGE_SIZE, &bytes));
    *out = buffer_take(&bytes);
    return OK;
}

/* "certificate" of each is a chain in PEM, which is in base64 once more. */
static status read_devices(const json_t *list, status (*take)(void *context, slice part),
                           void *context)
{
    if (json_array_size(list) > DEVICES_MAX)
        return FAIL(EXHAUSTED, "the JSON is of more devices than we read");
    for (size_t i = 0; i < json_array_size(list); i++) {
        SCOPED(buffer) pem = {0};
        slice chain;
        if (json_text(json_array_get(list, i), "certificate", &chain).fault)
            continue;
        TRY(base64_read(chain, &pem));
        TRY(take(context, buffer_view(&pem)));
    }
    return OK;
}

status tools_certificates_read(const json_t *json, status (*take)(void *context, slice part),
                               void *context)
{
    const json_t *const chain = json_object_get(json, "cert_chain");
    if (json_is_array(json))
        return read_devices(json, take, context);
    if (json_array_size(chain) > CERTIFICATES_MAX)
        return FAIL(EXHAUSTED, "the JSON holds more certificates than we read");
    for (size_t i = 0; i < json_array_size(chain); i++) {
        SCOPED(buffer) der = {0};
        const json_t *const data = json_object_get(json_array_get(chain, i), "data");
        TRY(append_bytes(data, CERTIFICATE_BYTES_MAX, &der));
        TRY(take(context, buffer_view(&der)));
    }
    return OK;
}
