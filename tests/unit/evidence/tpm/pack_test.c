/* SPDX-License-Identifier: Apache-2.0 */

/* Folders and JSON of vendors' tools, packed: the same container as from the parts one by one. */

#include "evidence/tpm/pack.h"

#include "tpm_samples.h"

struct folder {
    struct buffer files[TPM_PACK_FILES_MAX];
    slice slices[TPM_PACK_FILES_MAX];
    size_t count;
};

static void folder_clear(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        buffer_clear(&folder->files[i]);
}

/* Every file but those that are about the sample, in the order of their names. */
static void open_folder(const char *path, struct folder *out)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    EXPECT(count > 0);
    memset(out, 0, sizeof *out);
    for (int i = 0; i < count; i++) {
        const char *const name = entries[i]->d_name;
        if (*name != '.' && strcmp(name, "manifest.json") != 0 && strcmp(name, "ca") != 0) {
            out->files[out->count] = file_read(path, name);
            out->slices[out->count] = buffer_view(&out->files[out->count]);
            out->count++;
        }
        free(entries[i]);
    }
    free(entries);
}

static void expect_same(void (*open)(struct tpm_sample *out))
{
    SCOPED(tpm_sample) sample;
    SCOPED(folder) folder;
    SCOPED(buffer) packed = {0};
    open(&sample);
    SCOPED(buffer) expected = tpm_bytes(&sample);
    open_folder(sample.folder, &folder);
    EXPECT_OK(tpm_pack_files(folder.slices, folder.count, &packed));
    EXPECT(slice_equal(buffer_view(&packed), buffer_view(&expected)));
}

TEST(a_folder_of_files_is_the_evidence_that_they_are_parts_of)
{
    if (samples_are_absent("folders of TPM samples"))
        return;
    expect_same(tpm_open_trustee);
    expect_same(tpm_open_keylime);
    expect_same(tpm_open_gce);
}

TEST(the_json_of_trustees_attester_is_unwrapped)
{
    if (samples_are_absent("Trustee's JSON"))
        return;
    char type[64];
    SCOPED(tpm_sample) sample;
    SCOPED(buffer) unwrapped = {0};
    tpm_open_trustee(&sample);
    SCOPED(buffer) expected = tpm_bytes(&sample);
    SCOPED(buffer) json = file_read(sample.folder, "evidence.json");
    EXPECT_OK(evidence_unwrap(buffer_view(&json), &unwrapped, type));
    EXPECT(slice_equal(buffer_view(&unwrapped), buffer_view(&expected)));
}

TEST(a_certificate_with_the_padding_of_its_index_is_cut_to_itself)
{
    if (samples_are_absent("a padded certificate"))
        return;
    static const uint8_t zeros[700];
    SCOPED(tpm_sample) sample;
    SCOPED(folder) folder;
    SCOPED(buffer) packed = {0};
    tpm_open_gce(&sample);
    SCOPED(buffer) expected = tpm_bytes(&sample);
    open_folder(sample.folder, &folder);
    for (size_t i = 0; i < folder.count; i++)
        if (slice_equal(folder.slices[i], sample.evidence.certificates[0])) {
            EXPECT_OK(buffer_append(&folder.files[i], SLICE(zeros)));
            folder.slices[i] = buffer_view(&folder.files[i]);
        }
    EXPECT_OK(tpm_pack_files(folder.slices, folder.count, &packed));
    EXPECT(slice_equal(buffer_view(&packed), buffer_view(&expected)));
}

TEST(folders_without_a_quote_or_with_other_signatures_than_quotes_are_refused)
{
    if (samples_are_absent("folders that are no evidence"))
        return;
    SCOPED(tpm_sample) sample;
    SCOPED(buffer) packed = {0};
    tpm_open_trustee(&sample);
    const struct tpm_quote *const quote = &sample.evidence.quotes[0];
    const slice parts[] = {quote->attest, quote->signature, quote->signature};
    EXPECT_FAIL(UNSUPPORTED, tpm_pack_files(parts, 0, &packed));
    EXPECT_FAIL(UNSUPPORTED, tpm_pack_files(parts + 1, 1, &packed));
    EXPECT_FAIL(MALFORMED, tpm_pack_files(parts, 1, &packed));
    EXPECT_FAIL(MALFORMED, tpm_pack_files(parts, 3, &packed));
    EXPECT(packed.size == 0);
}

/* E2: at some sizes the rest looks like something else, but never like what was quoted. */
TEST(a_file_of_registers_cut_anywhere_is_never_good_evidence)
{
    if (samples_are_absent("cut files of registers"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(tpm_sample) sample;
    SCOPED(endorsements) endorsements = {0};
    tpm_open_keylime(&sample);
    trust_file(&endorsements, sample.folder, "ak_pub.pem");
    const struct tpm_evidence *const evidence = &sample.evidence;
    SCOPED(buffer) values = file_read(sample.folder, "pcrs.out");
    for (size_t size = 0; size <= values.size; size++) {
        SCOPED(buffer) packed = {0};
        const slice files[] = {evidence->quotes[0].attest,
                               evidence->quotes[0].signature,
                               evidence->ak_public,
                               {values.data, size}};
        const bool is_good =
            !tpm_pack_files(files, 4, &packed).fault &&
            !tpm_verify_at(buffer_view(&packed), (slice){0}, &endorsements, 0, facts).fault &&
            facts_authentic(facts);
        EXPECT(is_good == (size == values.size));
    }
    free(facts);
}
