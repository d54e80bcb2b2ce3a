/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/extension.h"

#include "sim.h"
#include "sim/amd.h"
#include "test.h"

static const int64_t now_s = 1767225600;

/* Certificates to extend with: what a host would send, one chip after the other. */
struct files {
    struct sim_state state;
    struct endorsements base;
    struct buffer leaf[EXTENSIONS_REMEMBERED_MAX + 2];
};

static void must(status result)
{
    if (result.fault)
        abort();
}

static void files_clear(struct files *files)
{
    sim_state_clear(&files->state);
    endorsements_clear(&files->base);
    for (size_t i = 0; i < sizeof files->leaf / sizeof *files->leaf; i++)
        buffer_clear(&files->leaf[i]);
}

static void make_leaf(struct files *files, size_t index)
{
    const struct sim_snp_tcb tcb = {.boot_loader = 4, .snp = 24, .microcode = (uint8_t)index};
    SCOPED(certificate) leaf = {0};
    must(sim_amd_vcek(&files->state, SIM_MILAN, &tcb,
                      (slice){files->state.chip_id, SIM_CHIP_ID_SIZE}, &leaf));
    must(certificate_der(&leaf, &files->leaf[index]));
}

static void make_files(struct files *files, size_t count)
{
    SCOPED(buffer) ark = {0};
    must(sim_state_for_tests(now_s, &files->state));
    must(certificate_der(&files->state.ark[SIM_MILAN], &ark));
    must(endorsements_trust(&files->base, buffer_view(&ark)));
    must(endorsements_add(&files->base, buffer_view(&ark)));
    for (size_t i = 0; i < count; i++)
        make_leaf(files, i);
}

static struct extension *acquire(const struct endorsements *base, slice file)
{
    struct extension *extension = NULL;
    must(extension_acquire(base, &file, 1, &extension));
    return extension;
}

/* The set that this file is verified under; remembered when asked to. */
static const struct endorsements *set_of(const struct files *files, size_t index, bool remember)
{
    struct extension *const extension = acquire(&files->base, buffer_view(&files->leaf[index]));
    const struct endorsements *const set = extension_endorsements(extension);
    EXPECT(set->count == 2 && set->anchor_count == 1);
    if (remember)
        extension_remember(extension);
    extension_release(extension);
    return set;
}

TEST(files_that_add_nothing_leave_our_own_endorsements)
{
    SCOPED(files) files = {0};
    make_files(&files, 1);
    SCOPED(buffer) ark = {0};
    must(certificate_der(&files.state.ark[SIM_MILAN], &ark));
    const slice useless[] = {buffer_view(&ark), slice_of_text("junk"), {0}};
    for (size_t i = 0; i < 3; i++) {
        struct extension *const extension = acquire(&files.base, useless[i]);
        EXPECT(extension_endorsements(extension) == &files.base);
        extension_remember(extension);
        extension_release(extension);
    }
    struct extension *none = NULL;
    EXPECT_OK(extension_acquire(&files.base, NULL, 0, &none));
    EXPECT(extension_endorsements(none) == &files.base);
    extension_release(none);
}

TEST(what_a_peer_sends_is_found_and_does_not_stay_among_our_own)
{
    SCOPED(files) files = {0};
    make_files(&files, 1);
    set_of(&files, 0, false);
    EXPECT(files.base.count == 1 && files.base.anchor_count == 1);
    struct extension *const alone = acquire(NULL, buffer_view(&files.leaf[0]));
    EXPECT(extension_endorsements(alone)->count == 1);
    EXPECT(extension_endorsements(alone)->anchor_count == 0);
    extension_remember(alone); /* by nobody */
    extension_release(alone);
}

TEST(what_served_accepted_evidence_is_remembered_and_nothing_else)
{
    SCOPED(files) files = {0};
    make_files(&files, 2);
    struct extension *const first = acquire(&files.base, buffer_view(&files.leaf[0]));
    struct extension *const second = acquire(&files.base, buffer_view(&files.leaf[0]));
    EXPECT(first != second);
    extension_remember(first);
    extension_remember(second); /* it is known already */
    struct extension *const third = acquire(&files.base, buffer_view(&files.leaf[0]));
    EXPECT(third == first);
    struct extension *const other = acquire(&files.base, buffer_view(&files.leaf[1]));
    EXPECT(other != first);
    extension_release(first);
    extension_release(second);
    extension_release(third);
    extension_release(other);
}

/* E6: the oldest makes room, and whoever still uses it may go on. */
TEST(memory_is_bounded_and_what_is_in_use_outlives_it)
{
    SCOPED(files) files = {0};
    make_files(&files, EXTENSIONS_REMEMBERED_MAX + 1);
    struct extension *const first = acquire(&files.base, buffer_view(&files.leaf[0]));
    extension_remember(first);
    for (size_t i = 1; i <= EXTENSIONS_REMEMBERED_MAX; i++)
        set_of(&files, i, true);
    EXPECT(extension_endorsements(first)->count == 2);
    struct extension *const again = acquire(&files.base, buffer_view(&files.leaf[0]));
    EXPECT(again != first);
    extension_release(first);
    extension_release(again);
}

TEST(what_was_remembered_is_of_no_use_once_our_own_changed)
{
    SCOPED(files) files = {0};
    make_files(&files, 2);
    set_of(&files, 0, true);
    must(endorsements_add(&files.base, buffer_view(&files.leaf[1])));
    struct extension *const extension = acquire(&files.base, buffer_view(&files.leaf[0]));
    EXPECT(extension_endorsements(extension)->count == 3);
    extension_release(extension);
}

TEST(an_extension_takes_no_trust_anchors)
{
    SCOPED(files) files = {0};
    SCOPED(endorsements) extended = {0};
    make_files(&files, 1);
    endorsements_extend(&files.base, &extended);
    EXPECT_FAIL(INTERNAL, endorsements_trust(&extended, buffer_view(&files.leaf[0])));
    EXPECT(extended.anchor_count == 1);
}
