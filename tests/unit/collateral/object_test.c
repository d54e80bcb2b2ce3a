/* SPDX-License-Identifier: Apache-2.0 */

/* What may take the place of what; and objects made of real and simulated collateral. */

#include "collateral/object.h"
#include "samples.h"

static bool takes_place(struct object next, struct object stored)
{
    return object_supersedes(&next, &stored);
}

/* E23 */
TEST(an_earlier_edition_or_issue_takes_no_place)
{
    const struct object stored = {.trust = ROOT_PINNED, .edition = 18, .issued_s = 1000};
    struct object next = stored;
    EXPECT(takes_place(next, stored));
    next.issued_s = 999;
    EXPECT(!takes_place(next, stored));
    next.edition = 19;
    EXPECT(takes_place(next, stored));
    next.edition = 17;
    next.issued_s = 2000;
    EXPECT(!takes_place(next, stored));
}

TEST(a_root_of_the_callers_takes_no_place_of_a_vendors)
{
    const struct object vendor = {.trust = ROOT_PINNED, .edition = 1, .issued_s = 1};
    const struct object own = {.trust = ROOT_BY_CALLER, .edition = 99, .issued_s = 99};
    EXPECT(!takes_place(own, vendor));
    EXPECT(takes_place(vendor, own));
    EXPECT(takes_place(own, (struct object){0}));
}

static void read_folder(const char *id, struct objects *out)
{
    struct endorsements *const pool = calloc(1, sizeof *pool);
    char folder[PATH_SIZE];
    path_join(samples_root(), id, folder);
    endorse_with_folder(pool, folder, NULL);
    EXPECT_OK(objects_read(pool, out));
    endorsements_clear(pool);
    free(pool);
}

/* Each is read back from its own bytes alone: that is how a lost index is made again. */
static void expect_whole(const struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        SCOPED(objects) again = {0};
        struct endorsements *const pool = calloc(1, sizeof *pool);
        EXPECT_OK(endorsements_add(pool, buffer_view(&objects->items[i].bytes)));
        EXPECT_OK(objects_read(pool, &again));
        const struct object *const found = objects_named(&again, objects->items[i].name);
        EXPECT(found &&
               slice_equal(buffer_view(&found->bytes), buffer_view(&objects->items[i].bytes)));
        EXPECT(found && found->next_update_s == objects->items[i].next_update_s);
        endorsements_clear(pool);
        free(pool);
    }
}

TEST(real_collateral_becomes_objects_that_are_whole_by_themselves)
{
    if (samples_are_absent("real collateral"))
        return;
    SCOPED(objects) objects = {0};
    read_folder("snp/turin-v5-vcek", &objects);
    EXPECT(objects.count == 2);
    EXPECT(objects_named(&objects, "amd-Turin-vcek-chain.pem"));
    EXPECT(objects_named(&objects, "amd-Turin-vcek-0910b4f884ff4ba9-1.3.2.5.97.pem"));
    read_folder("snp/negative-genoa-revoked-ask", &objects);
    EXPECT(objects_named(&objects, "amd-Genoa-crl.pem"));
    read_folder("tdx/v5-oe/collateral-2", &objects);
    const struct object *const tcb =
        objects_named(&objects, "intel-tcb-info-tdx-00806f050000.json");
    EXPECT(tcb && tcb->edition == 19 && tcb->trust == ROOT_PINNED);
    EXPECT(objects_named(&objects, "intel-root-crl.pem"));
    EXPECT(objects_named(&objects, "intel-pck-crl-platform.pem"));
    EXPECT(objects_named(&objects, "intel-qe-identity-tdx.json"));
    expect_whole(&objects);
}

/* E18 */
TEST(nothing_under_a_root_that_nobody_trusts_is_an_object)
{
    if (samples_are_absent("collateral under other roots"))
        return;
    SCOPED(objects) objects = {0};
    read_folder("sgx/intel-sample-own-root", &objects);
    read_folder("tdx/intel-sample-own-root", &objects);
    EXPECT(objects.count == 0);
}
