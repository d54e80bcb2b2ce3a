/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/azure.h"

#include "codec/json.h"
#include "codec/text.h"
#include "codec/writer.h"
#include "evidence/azure/collect.h"
#include "evidence/tpm/public.h"

#include <stdlib.h>
#include <string.h>

enum { HCL_SPACE = 2048 /* as much as swtpm keeps in one index */, DATA_HEADER_SIZE = 20 };

/* RSA-2048, restricted, for RSASSA with SHA-256: as Azure's. TPMT_PUBLIC, big-endian. */
static const uint8_t ak_template[] = {0x00, 0x01, 0x00, 0x0b, 0x00, 0x05, 0x00, 0x72,
                                      0x00, 0x00, 0x00, 0x10, 0x00, 0x14, 0x00, 0x0b,
                                      0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

static status read_modulus(struct tpm_device *device, struct buffer *out_text)
{
    static const uint8_t end[] = {0};
    struct tpm_public public;
    SCOPED(tpm_device_key) key = {0};
    TRY(tpm_device_kept_key(device, AZURE_AK_HANDLE, &key));
    TRY(tpm_public_read(buffer_view(&key.public), &public));
    TRY(base64url_write(public.modulus, out_text));
    return buffer_append(out_text, SLICE(end));
}

/* The runtime data, by the names that Azure gives them. */
static status write_runtime(struct tpm_device *device, struct buffer *out)
{
    char user_data[129];
    SCOPED(buffer) modulus = {0};
    SCOPED(json) json = {0};
    TRY(read_modulus(device, &modulus));
    memset(user_data, '0', sizeof user_data - 1);
    user_data[sizeof user_data - 1] = '\0';
    json.root = json_pack("{s:[{s:s, s:[s], s:s, s:s, s:s}], s:{s:b, s:b, s:b, s:s}, s:s}", "keys",
                          "kid", "HCLAkPub", "key_ops", "sign", "kty", "RSA", "e", "AQAB", "n",
                          (const char *)modulus.data, "vm-configuration", "console-enabled", 1,
                          "secure-boot", 1, "tpm-enabled", 1, "vmUniqueId",
                          "00000000-0000-0000-0000-000000000000", "user-data", user_data);
    char *const text = json.root ? json_dumps(json.root, JSON_COMPACT) : NULL;
    const status written =
        text ? buffer_append(out, slice_of_text(text)) : FAIL(EXHAUSTED, "no memory for JSON");
    free(text);
    return written;
}

/* The hardware's report over the hash of the runtime data. */
static status make_report(const struct sim_snp *guest, slice runtime, struct buffer *out)
{
    uint8_t report_data[SIM_REPORT_DATA_SIZE] = {0};
    struct digest digest;
    TRY(digest_of(HASH_SHA256, runtime, &digest));
    memcpy(report_data, digest.data, digest.size);
    return sim_snp_report(guest, SLICE(report_data), out);
}

static void write_hcl(struct writer *writer, slice report, slice runtime)
{
    const uint32_t data_size = DATA_HEADER_SIZE + (uint32_t)runtime.size;
    static const uint8_t reserved[16] = {0};
    write_bytes(writer, slice_of_text("HCLA"));
    write_le32(writer, 2); /* version */
    write_le32(writer, 32 + HCL_HARDWARE_SIZE + data_size);
    write_le32(writer, 2); /* the request */
    write_bytes(writer, SLICE(reserved));
    write_bytes(writer, report);
    write_le32(writer, data_size);
    write_le32(writer, 1); /* version of the data */
    write_le32(writer, HCL_SNP);
    write_le32(writer, hcl_hash_type(HASH_SHA256));
    write_le32(writer, (uint32_t)runtime.size);
    write_bytes(writer, runtime);
}

status sim_azure_provision(const struct sim_tpm *tpm, const struct sim_snp *guest)
{
    uint8_t space[HCL_SPACE];
    struct writer writer = writer_over(space, sizeof space);
    slice hcl;
    SCOPED(tpm_device) device = {0};
    SCOPED(buffer) runtime = {0};
    SCOPED(buffer) report = {0};
    TRY(sim_tpm_open(tpm, &device));
    TRY(tpm_device_keep_key(&device, SLICE(ak_template), AZURE_AK_HANDLE));
    TRY(write_runtime(&device, &runtime));
    TRY(make_report(guest, buffer_view(&runtime), &report));
    write_hcl(&writer, buffer_view(&report), buffer_view(&runtime));
    TRY(writer_finish(&writer, &hcl));
    return tpm_device_nv_make(&device, AZURE_NV_HCL_REPORT, hcl);
}
