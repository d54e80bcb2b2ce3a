/* SPDX-License-Identifier: Apache-2.0 */
#include "refs/launch.h"

#include "codec/writer.h"
#include "refs/firmware.h"

#include <string.h>

enum {
    PAGE_SIZE = 4096,
    PAGE_INFO_SIZE = 0x70,
    DIGEST_SIZE = 48,
    HASHES_SIZE = 176, /* the table of three, padded */
    HASH_ENTRY_SIZE = 50,
    HASHES_TABLE_SIZE = 168,
};

#define FOUR_GIB (UINT64_C(1) << 32)
#define VMSA_ADDRESS UINT64_C(0xfffffffff000)
#define RESET_VECTOR UINT32_C(0xfffffff0)

enum page_kind {
    PAGE_NORMAL = 1,
    PAGE_VMSA = 2,
    PAGE_ZERO = 3,
    PAGE_UNMEASURED = 4,
    PAGE_SECRETS = 5,
    PAGE_CPUID = 6,
};

static const struct {
    const char *name;
    uint32_t signature;
} processors[] = {
    {"EPYC", 0x800f12},       {"EPYC-v1", 0x800f12},    {"EPYC-v2", 0x800f12},
    {"EPYC-v3", 0x800f12},    {"EPYC-v4", 0x800f12},    {"EPYC-Rome", 0x830f10},
    {"EPYC-Milan", 0xa00f11}, {"EPYC-Genoa", 0xa10f10}, {"EPYC-Turin", 0xb00f00},
};
enum { PROCESSORS = sizeof processors / sizeof *processors };

uint32_t launch_cpu_signature(const char *name)
{
    for (size_t i = 0; i < PROCESSORS; i++)
        if (strcmp(processors[i].name, name) == 0)
            return processors[i].signature;
    return 0;
}

const char *launch_cpu_name(size_t index)
{
    return index < PROCESSORS ? processors[index].name : NULL;
}

/* ---- the hashes of what is started directly ---- */

static const uint8_t table_guid[] = {0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c,
                                     0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21};
static const uint8_t command_line_guid[] = {0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c,
                                            0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36, 0xab, 0x2a};
static const uint8_t initrd_guid[] = {0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b,
                                      0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69, 0x78, 0x1d};
static const uint8_t kernel_guid[] = {0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
                                      0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b};

static status write_hash(struct writer *writer, slice guid, slice content)
{
    struct digest digest;
    TRY(digest_of(HASH_SHA256, content, &digest));
    write_bytes(writer, guid);
    write_le16(writer, HASH_ENTRY_SIZE);
    write_bytes(writer, (slice){digest.data, digest.size});
    return OK;
}

/* The command line is hashed with its NUL, however empty it is. */
static status make_hashes(const struct launch *launch, uint8_t out[HASHES_SIZE])
{
    const char *const line = launch->command_line ? launch->command_line : "";
    struct writer writer = writer_over(out, HASHES_SIZE);
    memset(out, 0, HASHES_SIZE);
    write_bytes(&writer, SLICE(table_guid));
    write_le16(&writer, HASHES_TABLE_SIZE);
    TRY(write_hash(&writer, SLICE(command_line_guid),
                   (slice){(const uint8_t *)line, strlen(line) + 1}));
    TRY(write_hash(&writer, SLICE(initrd_guid), launch->initrd));
    return write_hash(&writer, SLICE(kernel_guid), launch->kernel);
}

/* ---- a processor's first state ---- */

/* As offsets into the save area; what is not here is zero. */
enum vmsa_offset {
    VMSA_ES = 0x00,
    VMSA_CS = 0x10,
    VMSA_SS = 0x20,
    VMSA_DS = 0x30,
    VMSA_FS = 0x40,
    VMSA_GS = 0x50,
    VMSA_GDTR = 0x60,
    VMSA_LDTR = 0x70,
    VMSA_IDTR = 0x80,
    VMSA_TR = 0x90,
    VMSA_EFER = 0xd0,
    VMSA_CR4 = 0x148,
    VMSA_CR0 = 0x158,
    VMSA_DR7 = 0x160,
    VMSA_DR6 = 0x168,
    VMSA_RFLAGS = 0x170,
    VMSA_RIP = 0x178,
    VMSA_G_PAT = 0x268,
    VMSA_RDX = 0x310,
    VMSA_SEV_FEATURES = 0x3b0,
    VMSA_XCR0 = 0x3e8,
    VMSA_MXCSR = 0x408,
    VMSA_X87_FCW = 0x410,
};

/* What differs between who starts the guest. */
static const struct vmm_row {
    uint16_t first_cs, cs, ss, tr; /* attributes */
    uint64_t g_pat;
    uint32_t rdx; /* 0: the processor's signature */
    uint32_t mxcsr;
    uint16_t fcw;
} vmms[] = {
    [LAUNCH_QEMU] = {0x9b, 0x9b, 0x93, 0x8b, 0x7040600070406, 0, 0x1f80, 0x37f},
    [LAUNCH_EC2] = {0x9a, 0x9b, 0x92, 0x83, 0x7040600070406, 0x600, 0, 0},
    [LAUNCH_GCE] = {0x9b, 0x9b, 0x93, 0x8b, 0x70106, 0x600, 0, 0},
};
enum { VMMS = sizeof vmms / sizeof *vmms };

static void put(uint8_t *page, enum vmsa_offset at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        page[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_segment(uint8_t *page, enum vmsa_offset at, uint16_t selector, uint16_t attributes,
                        uint64_t base)
{
    page[at] = (uint8_t)selector;
    page[at + 1] = (uint8_t)(selector >> 8);
    page[at + 2] = (uint8_t)attributes;
    page[at + 3] = (uint8_t)(attributes >> 8);
    page[at + 4] = page[at + 5] = 0xff; /* the limit, 64 KiB */
    for (size_t i = 0; i < 8; i++)
        page[at + 8 + i] = (uint8_t)(base >> 8 * i);
}

static void make_vmsa(const struct launch *launch, uint32_t begins_at, bool is_first, uint8_t *page)
{
    static const enum vmsa_offset data[] = {VMSA_ES, VMSA_DS, VMSA_FS, VMSA_GS};
    const struct vmm_row *const vmm = &vmms[launch->vmm];
    memset(page, 0, PAGE_SIZE);
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        put_segment(page, data[i], 0, 0x93, 0);
    put_segment(page, VMSA_CS, 0xf000, is_first ? vmm->first_cs : vmm->cs,
                begins_at & UINT32_C(0xffff0000));
    put_segment(page, VMSA_SS, 0, vmm->ss, 0);
    put_segment(page, VMSA_GDTR, 0, 0, 0);
    put_segment(page, VMSA_LDTR, 0, 0x82, 0);
    put_segment(page, VMSA_IDTR, 0, 0, 0);
    put_segment(page, VMSA_TR, 0, vmm->tr, 0);
    put(page, VMSA_EFER, 0x1000, 8);
    put(page, VMSA_CR4, 0x40, 8);
    put(page, VMSA_CR0, 0x10, 8);
    put(page, VMSA_DR7, 0x400, 8);
    put(page, VMSA_DR6, 0xffff0ff0, 8);
    put(page, VMSA_RFLAGS, 2, 8);
    put(page, VMSA_RIP, begins_at & 0xffff, 8);
    put(page, VMSA_G_PAT, vmm->g_pat, 8);
    put(page, VMSA_RDX, vmm->rdx ? vmm->rdx : launch->cpu_signature, 8);
    put(page, VMSA_SEV_FEATURES, launch->mode == LAUNCH_SNP ? launch->features : 0, 8);
    put(page, VMSA_XCR0, 1, 8);
    put(page, VMSA_MXCSR, vmm->mxcsr, 4);
    put(page, VMSA_X87_FCW, vmm->fcw, 2);
}

/* ---- SNP: a digest over every page in turn ---- */

struct measuring {
    const struct launch *launch;
    const struct firmware *firmware;
    struct digest digest;
};

static status add_page(struct measuring *measuring, enum page_kind kind, uint64_t address,
                       const uint8_t *page)
{
    static const uint8_t nothing[DIGEST_SIZE];
    uint8_t info[PAGE_INFO_SIZE];
    struct writer writer = writer_over(info, sizeof info);
    struct digest contents = {.size = DIGEST_SIZE};
    slice written;
    if (page)
        TRY(digest_of(HASH_SHA384, (slice){page, PAGE_SIZE}, &contents));
    write_bytes(&writer, (slice){measuring->digest.data, DIGEST_SIZE});
    write_bytes(&writer, page ? (slice){contents.data, DIGEST_SIZE} : SLICE(nothing));
    write_le16(&writer, PAGE_INFO_SIZE);
    write_u8(&writer, (uint8_t)kind);
    write_u8(&writer, 0);   /* no initial migration image */
    write_le32(&writer, 0); /* what lower privilege levels may do */
    write_le64(&writer, address);
    TRY(writer_finish(&writer, &written));
    return digest_of(HASH_SHA384, written, &measuring->digest);
}

static status add_pages(struct measuring *measuring, enum page_kind kind,
                        const struct firmware_section *section)
{
    for (uint64_t at = 0; at < section->size; at += PAGE_SIZE)
        TRY(add_page(measuring, kind, section->address + at, NULL));
    return OK;
}

static status add_kernel_hashes(struct measuring *measuring, const struct firmware_section *section)
{
    uint8_t page[PAGE_SIZE] = {0};
    const size_t at = measuring->firmware->kernel_hashes_at % PAGE_SIZE;
    if (!measuring->launch->has_kernel)
        return add_pages(measuring, PAGE_ZERO, section);
    if (section->size != PAGE_SIZE || at > PAGE_SIZE - HASHES_SIZE)
        return FAIL(MALFORMED, "the firmware's place for kernel hashes is not one page");
    TRY(make_hashes(measuring->launch, page + at));
    return add_page(measuring, PAGE_NORMAL, section->address, page);
}

static status add_section(struct measuring *measuring, const struct firmware_section *section)
{
    const bool on_gce = measuring->launch->vmm == LAUNCH_GCE;
    switch (section->kind) {
    case SECTION_SEC_MEMORY:
        return add_pages(measuring, on_gce ? PAGE_UNMEASURED : PAGE_ZERO, section);
    case SECTION_SECRETS:
        return add_page(measuring, PAGE_SECRETS, section->address, NULL);
    case SECTION_CPUID:
        return measuring->launch->vmm == LAUNCH_EC2
                   ? OK /* it comes last there */
                   : add_page(measuring, PAGE_CPUID, section->address, NULL);
    case SECTION_SVSM_CAA:
        return add_pages(measuring, PAGE_ZERO, section);
    case SECTION_KERNEL_HASHES:
        return add_kernel_hashes(measuring, section);
    default:
        return FAIL(UNSUPPORTED, "the firmware has a section of a kind that we do not know");
    }
}

static status add_sections(struct measuring *measuring)
{
    const struct firmware *const firmware = measuring->firmware;
    bool takes_hashes = false;
    for (size_t i = 0; i < firmware->section_count; i++) {
        TRY(add_section(measuring, &firmware->sections[i]));
        takes_hashes |= firmware->sections[i].kind == SECTION_KERNEL_HASHES;
    }
    if (measuring->launch->has_kernel && !takes_hashes)
        return FAIL(UNSUPPORTED, "this firmware has no place for the hashes of a kernel");
    for (size_t i = 0; i < firmware->section_count && measuring->launch->vmm == LAUNCH_EC2; i++)
        if (firmware->sections[i].kind == SECTION_CPUID)
            TRY(add_page(measuring, PAGE_CPUID, firmware->sections[i].address, NULL));
    return OK;
}

static status add_processors(struct measuring *measuring)
{
    uint8_t page[PAGE_SIZE];
    for (unsigned i = 0; i < measuring->launch->vcpus; i++) {
        make_vmsa(measuring->launch, i ? measuring->firmware->reset_at : RESET_VECTOR, i == 0,
                  page);
        TRY(add_page(measuring, PAGE_VMSA, VMSA_ADDRESS, page));
    }
    return OK;
}

static status snp_digest(const struct launch *launch, const struct firmware *firmware,
                         struct digest *out)
{
    struct measuring measuring = {launch, firmware, {.size = DIGEST_SIZE}};
    const slice image = firmware->image;
    if (image.size % PAGE_SIZE)
        return FAIL(MALFORMED, "the firmware is not a whole number of pages");
    for (size_t at = 0; at < image.size; at += PAGE_SIZE)
        TRY(add_page(&measuring, PAGE_NORMAL, FOUR_GIB - image.size + at, image.data + at));
    TRY(add_sections(&measuring));
    TRY(add_processors(&measuring));
    *out = measuring.digest;
    return OK;
}

/* ---- SEV and SEV-ES: one digest over all ---- */

static status sev_digest(const struct launch *launch, const struct firmware *firmware,
                         struct digest *out)
{
    uint8_t hashes[HASHES_SIZE], page[PAGE_SIZE];
    SCOPED(buffer) all = {0};
    TRY(buffer_append(&all, firmware->image));
    if (launch->has_kernel && !firmware->kernel_hashes_at)
        return FAIL(UNSUPPORTED, "this firmware has no place for the hashes of a kernel");
    if (launch->has_kernel) {
        TRY(make_hashes(launch, hashes));
        TRY(buffer_append(&all, SLICE(hashes)));
    }
    for (unsigned i = 0; launch->mode == LAUNCH_SEV_ES && i < launch->vcpus; i++) {
        make_vmsa(launch, i ? firmware->reset_at : RESET_VECTOR, i == 0, page);
        TRY(buffer_append(&all, SLICE(page)));
    }
    return digest_of(HASH_SHA256, buffer_view(&all), out);
}

status launch_digest(const struct launch *launch, struct digest *out)
{
    struct firmware firmware;
    const bool starts_processors = launch->mode != LAUNCH_SEV;
    if ((size_t)launch->vmm >= VMMS || launch->mode < LAUNCH_SEV || launch->mode > LAUNCH_SNP)
        return FAIL(UNSUPPORTED, "no such launch");
    if (!launch->vcpus || launch->vcpus > LAUNCH_VCPUS_MAX)
        return FAIL(UNSUPPORTED, "a guest has 1 to 512 processors");
    TRY(firmware_read(launch->firmware, &firmware));
    if (starts_processors && launch->vcpus > 1 && !firmware.reset_at)
        return FAIL(UNSUPPORTED, "this firmware does not say where further processors start");
    return launch->mode == LAUNCH_SNP ? snp_digest(launch, &firmware, out)
                                      : sev_digest(launch, &firmware, out);
}
