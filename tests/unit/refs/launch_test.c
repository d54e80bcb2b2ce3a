/* SPDX-License-Identifier: Apache-2.0 */

/* The digests themselves: tests/evidence, against another tool's. Here: firmware that is not whole.
 */

#include "refs/firmware.h"
#include "refs/launch.h"
#include "samples.h"

static struct buffer ovmf(void)
{
    char folder[PATH_SIZE];
    path_join(samples_root(), "launch-digest/amdsev", folder);
    return file_read(folder, "ovmf_AmdSev_suffix.bin");
}

TEST(ovmf_says_where_its_sections_are)
{
    if (samples_are_absent("OVMF's last page"))
        return;
    SCOPED(buffer) image = ovmf();
    struct firmware firmware;
    EXPECT_OK(firmware_read(buffer_view(&image), &firmware));
    EXPECT(firmware.section_count > 0 && firmware.reset_at && firmware.kernel_hashes_at);
}

/* Its beginning may be missing, for only the end is read; never its end. */
TEST(firmware_cut_anywhere_is_refused_or_has_all_sections)
{
    if (samples_are_absent("OVMF's last page"))
        return;
    SCOPED(buffer) image = ovmf();
    struct firmware whole, firmware;
    EXPECT_OK(firmware_read(buffer_view(&image), &whole));
    for (size_t size = 0; size < image.size; size++) {
        firmware.section_count = 77;
        EXPECT(firmware_read((slice){image.data, size}, &firmware).fault &&
               firmware.section_count == 77);
        const slice end = {image.data + image.size - size, size};
        const status read = firmware_read(end, &firmware);
        EXPECT(read.fault || firmware.section_count == whole.section_count);
    }
}

TEST(a_launch_that_cannot_be_is_refused)
{
    if (samples_are_absent("OVMF's last page"))
        return;
    SCOPED(buffer) image = ovmf();
    struct digest digest = {.size = 77};
    struct launch launch = {.mode = LAUNCH_SNP, .firmware = buffer_view(&image), .vcpus = 0};
    EXPECT_FAIL(UNSUPPORTED, launch_digest(&launch, &digest));
    launch.vcpus = LAUNCH_VCPUS_MAX + 1;
    EXPECT_FAIL(UNSUPPORTED, launch_digest(&launch, &digest));
    launch.vcpus = 1;
    launch.mode = LAUNCH_NONE;
    EXPECT_FAIL(UNSUPPORTED, launch_digest(&launch, &digest));
    launch.mode = LAUNCH_SNP;
    launch.firmware.size--;
    EXPECT(launch_digest(&launch, &digest).fault);
    EXPECT(digest.size == 77);
    EXPECT(launch_cpu_signature("EPYC-Milan") == 0xa00f11 && launch_cpu_signature("Xeon") == 0);
}
