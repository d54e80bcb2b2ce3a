/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/csv.h"

#include "codec/text.h"
#include "codec/writer.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATES_LABEL "CSV CERTIFICATES"

enum {
    NUMBER_FIELD_SIZE = 72,
    NUMBER_SIZE = 32,
    KEY_ID_SIZE = 16,
    USER_ID_FIELD_SIZE = 254,
    ROOT_SIGNED_SIZE = 0x240,
    CHIP_SIGNED_SIZE = 0x414,
    CURVE_NUMBER_SM2 = 3,
    ALGORITHM_SM2 = 4,
    USAGE_HRK = 0,
    USAGE_HSK = 0x13,
    USAGE_NONE = 0x1000,
    USAGE_PEK = 0x1002,
    USAGE_CEK = 0x1004,
    API_MAJOR = 1,
    API_MINOR = 4,
    BUILD = 2500,
    REPORT_SIZE = 2548,
    EXTENDED_REPORT_SIZE = 3380,
    LEGACY_SIGNED_SIZE = 0xb4,
    EXTENDED_SIGNED_SIZE = 0x400,
    SERIAL_FIELD_SIZE = 64,
    MACED_SIZE = SIM_CSV_CERTIFICATE_SIZE + SERIAL_FIELD_SIZE + 32,
    MASK_SIZE = 4,
    POLICY_NODBG = 1 << 0,
    POLICY_ES = 1 << 2,
    POLICY_NOSEND = 1 << 3,
    POLICY_CSV = 1 << 5,
    POLICY_CSV3 = 1 << 6,
};

static const char hrk_user[] = "HYGON-SSD-HRK", hsk_user[] = "HYGON-SSD-HSK",
                  cek_user[] = "HYGON-SSD-CEK", pek_user[] = "HYGON-SSD-PEK";

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

static void write_backwards(struct writer *writer, slice number)
{
    for (size_t i = number.size; i > 0; i--)
        write_u8(writer, number.data[i - 1]);
    write_zeros(writer, NUMBER_FIELD_SIZE - number.size);
}

/* ---- certificates ---- */

static status point_of(const struct private_key *key, uint8_t out[2 * NUMBER_SIZE])
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    if (spki.size < 2 * NUMBER_SIZE)
        return FAIL(INTERNAL, "a key without a point");
    memcpy(out, spki.data + spki.size - 2 * NUMBER_SIZE, 2 * NUMBER_SIZE);
    return OK;
}

static status write_key(struct writer *writer, const struct private_key *key, const char *user_id)
{
    uint8_t point[2 * NUMBER_SIZE];
    TRY(point_of(key, point));
    write_le32(writer, CURVE_NUMBER_SM2);
    write_backwards(writer, (slice){point, NUMBER_SIZE});
    write_backwards(writer, (slice){point + NUMBER_SIZE, NUMBER_SIZE});
    write_le16(writer, (uint16_t)strlen(user_id));
    write_bytes(writer, slice_of_text(user_id));
    write_zeros(writer, USER_ID_FIELD_SIZE - strlen(user_id));
    return OK;
}

static status write_signature(struct writer *writer, const struct private_key *signer,
                              const char *user_id, slice signed_bytes)
{
    SCOPED(buffer) signature = {0};
    TRY(sm2_sign(signer, slice_of_text(user_id), signed_bytes, &signature));
    write_backwards(writer, (slice){signature.data, NUMBER_SIZE});
    write_backwards(writer, (slice){signature.data + NUMBER_SIZE, NUMBER_SIZE});
    return OK;
}

static status key_id_of(const struct private_key *key, uint8_t out[KEY_ID_SIZE])
{
    uint8_t point[2 * NUMBER_SIZE];
    struct digest digest;
    TRY(point_of(key, point));
    TRY(digest_of(HASH_SM3, SLICE(point), &digest));
    memcpy(out, digest.data, KEY_ID_SIZE);
    return OK;
}

/* HRK or HSK, which the HRK signs. */
static status make_root(const struct sim_csv_vendor *vendor, const struct private_key *key,
                        uint32_t usage, const char *user_id, uint8_t out[SIM_CSV_ROOT_SIZE])
{
    uint8_t id[KEY_ID_SIZE], issuer_id[KEY_ID_SIZE];
    struct writer writer = writer_over(out, SIM_CSV_ROOT_SIZE);
    slice written;
    TRY(key_id_of(key, id));
    TRY(key_id_of(&vendor->hrk, issuer_id));
    write_le32(&writer, 1);
    write_bytes(&writer, SLICE(id));
    write_bytes(&writer, SLICE(issuer_id));
    write_le32(&writer, usage);
    write_zeros(&writer, 24);
    TRY(write_key(&writer, key, user_id));
    write_zeros(&writer, 108);
    TRY(write_signature(&writer, &vendor->hrk, hrk_user, (slice){out, ROOT_SIGNED_SIZE}));
    write_zeros(&writer, 112);
    return writer_finish(&writer, &written);
}

static void write_empty_signature(struct writer *writer)
{
    write_le32(writer, USAGE_NONE);
    write_le32(writer, 0);
    write_zeros(writer, 2 * NUMBER_FIELD_SIZE + 368);
}

/* Who signs a chip's certificates. */
struct issuer {
    uint32_t usage;
    const struct private_key *key;
    const char *user_id;
    uint8_t id[KEY_ID_SIZE];
};

static status make_chip(const struct private_key *key, uint32_t usage, const char *user_id,
                        const struct issuer *issuer, uint8_t out[SIM_CSV_CERTIFICATE_SIZE])
{
    struct writer writer = writer_over(out, SIM_CSV_CERTIFICATE_SIZE);
    slice written;
    write_le32(&writer, 1);
    write_u8(&writer, API_MAJOR);
    write_u8(&writer, API_MINOR);
    write_le16(&writer, 0);
    write_le32(&writer, usage);
    write_le32(&writer, ALGORITHM_SM2);
    TRY(write_key(&writer, key, user_id));
    write_bytes(&writer, SLICE(issuer->id));
    write_zeros(&writer, 608);
    write_le32(&writer, issuer->usage);
    write_le32(&writer, ALGORITHM_SM2);
    TRY(write_signature(&writer, issuer->key, issuer->user_id, (slice){out, CHIP_SIGNED_SIZE}));
    write_zeros(&writer, 368);
    write_empty_signature(&writer);
    return writer_finish(&writer, &written);
}

static status make_certificates(struct sim_csv_vendor *vendor)
{
    struct issuer hsk = {USAGE_HSK, &vendor->hsk, hsk_user, {0}};
    const struct issuer cek = {USAGE_CEK, &vendor->cek, cek_user, {0}};
    TRY(key_id_of(&vendor->hsk, hsk.id));
    TRY(make_root(vendor, &vendor->hrk, USAGE_HRK, hrk_user, vendor->hrk_certificate));
    TRY(make_root(vendor, &vendor->hsk, USAGE_HSK, hsk_user, vendor->hsk_certificate));
    TRY(make_chip(&vendor->cek, USAGE_CEK, cek_user, &hsk, vendor->cek_certificate));
    return make_chip(&vendor->pek, USAGE_PEK, pek_user, &cek, vendor->pek_certificate);
}

/* ---- the vendor, kept ---- */

void sim_csv_vendor_clear(struct sim_csv_vendor *vendor)
{
    private_key_clear(&vendor->hrk);
    private_key_clear(&vendor->hsk);
    private_key_clear(&vendor->cek);
    private_key_clear(&vendor->pek);
    *vendor = (struct sim_csv_vendor){0};
}

/* What is kept, in its order. */
struct parts {
    struct private_key *keys[4];
    struct {
        uint8_t *bytes;
        size_t size;
    } certificates[4];
};

static struct parts parts_of(struct sim_csv_vendor *vendor)
{
    return (struct parts){
        .keys = {&vendor->hrk, &vendor->hsk, &vendor->cek, &vendor->pek},
        .certificates = {{vendor->hrk_certificate, sizeof vendor->hrk_certificate},
                         {vendor->hsk_certificate, sizeof vendor->hsk_certificate},
                         {vendor->cek_certificate, sizeof vendor->cek_certificate},
                         {vendor->pek_certificate, sizeof vendor->pek_certificate}}};
}

static status write_parts(struct sim_csv_vendor *vendor, struct buffer *out_text)
{
    const struct parts parts = parts_of(vendor);
    SCOPED(buffer) certificates = {0};
    SCOPED(buffer) pem = {0};
    for (size_t i = 0; i < 4; i++) {
        SCOPED(buffer) key = {0};
        TRY(private_key_write_pem(parts.keys[i], &key));
        TRY(buffer_append(out_text, buffer_view(&key)));
        TRY(buffer_append(&certificates,
                          (slice){parts.certificates[i].bytes, parts.certificates[i].size}));
    }
    TRY(pem_write(CERTIFICATES_LABEL, buffer_view(&certificates), &pem));
    return buffer_append(out_text, buffer_view(&pem));
}

status sim_csv_vendor_make(struct buffer *out_text)
{
    SCOPED(sim_csv_vendor) vendor = {0};
    SCOPED(buffer) text = {0};
    const struct parts parts = parts_of(&vendor);
    for (size_t i = 0; i < 4; i++)
        TRY(private_key_generate(CURVE_SM2, parts.keys[i]));
    TRY(make_certificates(&vendor));
    TRY(write_parts(&vendor, &text));
    *out_text = buffer_take(&text);
    return OK;
}

/* One key and nothing of the next: the reader of keys takes the first in a text. */
static status read_key(slice *text, struct private_key *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    const slice before = *text;
    SCOPED(buffer) der = {0};
    TRY(pem_read_next(text, label, &der));
    return private_key_read_pem((slice){before.data, before.size - text->size}, out);
}

static status read_certificates(slice *text, const struct parts *parts)
{
    char label[PEM_LABEL_SIZE_MAX];
    size_t offset = 0;
    SCOPED(buffer) bytes = {0};
    TRY(pem_read_next(text, label, &bytes));
    if (bytes.size != 2 * (SIM_CSV_ROOT_SIZE + SIM_CSV_CERTIFICATE_SIZE))
        return FAIL(MALFORMED, "the simulated Hygon's certificates are damaged: remove its file");
    for (size_t i = 0; i < 4; i++) {
        memcpy(parts->certificates[i].bytes, bytes.data + offset, parts->certificates[i].size);
        offset += parts->certificates[i].size;
    }
    return OK;
}

/* Each simulated chip has a number of its own: of its key. */
static status name_chip(struct sim_csv_vendor *vendor)
{
    uint8_t id[KEY_ID_SIZE];
    char hex[2 * KEY_ID_SIZE + 1];
    TRY(key_id_of(&vendor->cek, id));
    hex_write(SLICE(id), hex);
    snprintf(vendor->serial, sizeof vendor->serial, "SIM%.11s", hex);
    return OK;
}

status sim_csv_vendor_read(slice text, struct sim_csv_vendor *out)
{
    SCOPED(sim_csv_vendor) vendor = {0};
    const struct parts parts = parts_of(&vendor);
    for (size_t i = 0; i < 4; i++)
        TRY(read_key(&text, parts.keys[i]));
    TRY(read_certificates(&text, &parts));
    TRY(name_chip(&vendor));
    *out = vendor;
    vendor = (struct sim_csv_vendor){0};
    return OK;
}

status sim_csv_hsk_cek(const struct sim_csv_vendor *vendor, struct buffer *out)
{
    TRY(buffer_append(out, SLICE(vendor->hsk_certificate)));
    return buffer_append(out, SLICE(vendor->cek_certificate));
}

/* ---- a guest ---- */

struct sim_csv_settings sim_csv_defaults(void)
{
    struct sim_csv_settings settings = {.generation = 3};
    struct digest digest;
    if (!digest_of(HASH_SM3, slice_of_text("cix simulated CSV image"), &digest).fault)
        memcpy(settings.measurement, digest.data, sizeof settings.measurement);
    return settings;
}

status sim_csv_launch(const struct sim_csv_vendor *vendor, const struct sim_csv_settings *settings,
                      struct sim_csv *out)
{
    struct sim_csv guest = {.vendor = vendor, .settings = *settings};
    if (settings->generation < 1 || settings->generation > 3)
        return FAIL(UNSUPPORTED, "there are CSV 1, 2 and 3");
    if (settings->has_registers && settings->generation < 3)
        return FAIL(UNSUPPORTED, "only CSV 3 has measurement registers");
    memcpy(guest.registers[0], settings->measurement, SIM_CSV_DIGEST_SIZE);
    *out = guest;
    return OK;
}

static uint32_t policy_of(const struct sim_csv_settings *settings)
{
    uint32_t policy = POLICY_CSV;
    policy |= settings->debug ? 0 : POLICY_NODBG;
    policy |= settings->migratable ? 0 : POLICY_NOSEND;
    policy |= settings->generation >= 2 ? POLICY_ES : 0;
    return policy | (settings->generation >= 3 ? POLICY_CSV3 : 0);
}

/* What both forms begin with, not masked. */
static void write_guest(struct writer *writer, const struct sim_csv *guest, slice report_data,
                        slice mnonce)
{
    write_zeros(writer, 32 + 16 + 16); /* nobody's key, no name and no version */
    write_bytes(writer, report_data);
    write_bytes(writer, mnonce);
    write_bytes(writer, SLICE(guest->settings.measurement));
    write_le32(writer, policy_of(&guest->settings));
    write_le32(writer, USAGE_PEK);
    write_le32(writer, ALGORITHM_SM2);
}

static void write_signer(struct writer *writer, const struct sim_csv *guest)
{
    write_bytes(writer, SLICE(guest->vendor->pek_certificate));
    write_bytes(writer, slice_of_text(guest->vendor->serial));
    write_zeros(writer, SERIAL_FIELD_SIZE - SIM_CSV_SERIAL_SIZE);
    write_zeros(writer, 32);
}

static void mask(uint8_t *bytes, size_t size, const uint8_t *anonce)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= anonce[i % MASK_SIZE];
}

static status write_mac(struct writer *writer, slice mnonce)
{
    struct digest mac;
    TRY(hmac(HASH_SM3, mnonce, (slice){writer->data + writer->size - MACED_SIZE, MACED_SIZE},
             &mac));
    write_bytes(writer, (slice){mac.data, mac.size});
    return OK;
}

static status write_legacy(const struct sim_csv *guest, slice report_data, slice mnonce,
                           struct writer *writer)
{
    uint8_t anonce[MASK_SIZE];
    TRY(random_bytes(anonce, sizeof anonce));
    write_guest(writer, guest, report_data, mnonce);
    mask(writer->data, writer->size, anonce);
    write_bytes(writer, SLICE(anonce));
    TRY(write_signature(writer, &guest->vendor->pek, pek_user,
                        (slice){writer->data, LEGACY_SIGNED_SIZE}));
    write_signer(writer, guest);
    mask(writer->data + writer->size - MACED_SIZE, MACED_SIZE, anonce);
    return write_mac(writer, mnonce);
}

static status write_extended(const struct sim_csv *guest, slice report_data, slice mnonce,
                             struct writer *writer)
{
    write_guest(writer, guest, report_data, mnonce);
    write_le32(writer, BUILD);
    write_le16(writer, 1); /* of the registers */
    write_zeros(writer, 14);
    for (size_t i = 0; i < SIM_CSV_REGISTERS; i++)
        write_bytes(writer, SLICE(guest->registers[i]));
    write_zeros(writer, 656);
    TRY(write_signature(writer, &guest->vendor->pek, pek_user,
                        (slice){writer->data, EXTENDED_SIGNED_SIZE}));
    write_signer(writer, guest);
    return write_mac(writer, mnonce);
}

status sim_csv_report(const struct sim_csv *guest, slice report_data, slice mnonce,
                      bool wants_registers, struct buffer *out_report)
{
    uint8_t space[EXTENDED_REPORT_SIZE];
    slice report;
    const bool is_extended = guest->settings.has_registers && wants_registers;
    struct writer writer = writer_over(space, is_extended ? EXTENDED_REPORT_SIZE : REPORT_SIZE);
    if (report_data.size != 64 || mnonce.size != 16)
        return FAIL(MALFORMED, "report data has 64 bytes, and its nonce 16");
    TRY(is_extended ? write_extended(guest, report_data, mnonce, &writer)
                    : write_legacy(guest, report_data, mnonce, &writer));
    TRY(writer_finish(&writer, &report));
    return buffer_append(out_report, report);
}
