/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/describe.h"

#include "codec/text.h"

#include <stdio.h>

/* spec: TCG PC Client Platform Firmware Profile 1.06, "Event Types" */
static const struct {
    uint32_t type;
    const char *name;
    bool is_text;
} event_types[] = {
    {0x00000000, "EV_PREBOOT_CERT", false},
    {0x00000001, "EV_POST_CODE", true},
    {0x00000003, "EV_NO_ACTION", false},
    {0x00000004, "EV_SEPARATOR", false},
    {0x00000005, "EV_ACTION", true},
    {0x00000006, "EV_EVENT_TAG", false},
    {0x00000007, "EV_S_CRTM_CONTENTS", true},
    {0x00000008, "EV_S_CRTM_VERSION", false},
    {0x00000009, "EV_CPU_MICROCODE", false},
    {0x0000000a, "EV_PLATFORM_CONFIG_FLAGS", false},
    {0x0000000b, "EV_TABLE_OF_DEVICES", false},
    {0x0000000c, "EV_COMPACT_HASH", true},
    {0x0000000d, "EV_IPL", true},
    {0x0000000e, "EV_IPL_PARTITION_DATA", false},
    {0x0000000f, "EV_NONHOST_CODE", false},
    {0x00000010, "EV_NONHOST_CONFIG", false},
    {0x00000011, "EV_NONHOST_INFO", true},
    {0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS", true},
    {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG", false},
    {0x80000002, "EV_EFI_VARIABLE_BOOT", false},
    {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION", false},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER", false},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER", false},
    {0x80000006, "EV_EFI_GPT_EVENT", false},
    {0x80000007, "EV_EFI_ACTION", true},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB", false},
    {0x80000009, "EV_EFI_HANDOFF_TABLES", false},
    {0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", false},
    {0x8000000b, "EV_EFI_HANDOFF_TABLES2", false},
    {0x8000000c, "EV_EFI_VARIABLE_BOOT2", false},
    {0x8000000d, "EV_EFI_GPT_EVENT2", false},
    {0x80000010, "EV_EFI_HCRTM_EVENT", true},
    {0x800000e0, "EV_EFI_VARIABLE_AUTHORITY", false},
    {0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", false},
    {0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", false},
    {0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY", false},
    {0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY", false},
};
enum { EVENT_TYPES = sizeof event_types / sizeof *event_types };

static size_t row_of(uint32_t type)
{
    size_t row = 0;
    while (row < EVENT_TYPES && event_types[row].type != type)
        row++;
    return row;
}

const char *event_type_name(uint32_t type)
{
    const size_t row = row_of(type);
    return row < EVENT_TYPES ? event_types[row].name : "unknown";
}

bool event_application_entry(const struct event *event, slice *out_entry)
{
    enum { TAG = 0x4141454c }; /* "AAEL", its first letter highest */
    struct reader reader = reader_of(event->data);
    const uint32_t tag = read_le32(&reader);
    const slice entry = read_bytes(&reader, read_le32(&reader));
    if (event->type != EV_EVENT_TAG || tag != TAG || reader_finish(&reader).fault)
        return false;
    *out_entry = entry;
    return true;
}

static slice text_of(const struct event *event)
{
    const size_t row = row_of(event->type);
    slice entry = {0};
    if (event_application_entry(event, &entry))
        return entry;
    return row < EVENT_TYPES && event_types[row].is_text ? event->data : (slice){0};
}

/* Printable ASCII up to the first byte that ends a text; every other byte as a dot. */
static void write_printable(slice text, char *out, size_t capacity)
{
    size_t size = 0;
    while (size < text.size && size + 1 < capacity && text.data[size]) {
        const uint8_t byte = text.data[size];
        out[size++] = (char)(byte >= ' ' && byte <= '~' ? byte : '.');
    }
    out[size] = '\0';
}

static void write_register(const struct event_log *log, uint32_t index, char *out, size_t capacity)
{
    if (log->kind == EVENT_LOG_TPM)
        snprintf(out, capacity, "PCR%u", (unsigned)index);
    else if (index == 0)
        snprintf(out, capacity, "MRTD");
    else
        snprintf(out, capacity, "RTMR%u", (unsigned)index - 1);
}

void event_describe(const struct event_log *log, const struct event *event,
                    char out[EVENT_LINE_SIZE])
{
    enum { DIGEST_SHOWN = 16 };
    char name[16], digest[2 * DIGEST_SHOWN + 1], text[96];
    write_register(log, event->index, name, sizeof name);
    hex_write((slice){event->digests[0].data, DIGEST_SHOWN}, digest);
    write_printable(text_of(event), text, sizeof text);
    snprintf(out, EVENT_LINE_SIZE, "%-5s  %-32s  %s...%s%s%s", name, event_type_name(event->type),
             digest, *text ? "  " : "", text,
             *text && !event_covers_data(log, event) ? "  (text not covered)" : "");
}
