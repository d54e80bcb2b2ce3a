/* SPDX-License-Identifier: Apache-2.0 */

/* The cache's index: what is written is read back; what is none is refused whole. */

#include "collateral/index.h"
#include "test.h"

static struct entry entry_named(const char *name)
{
    struct entry entry = {
        .source = "https://vendor/\"x\"",
        .tag = "\"tag\"",
        .received_s = 1700000000,
        .issued_s = 1690000000,
        .next_update_s = 1800000000,
        .edition = 17,
        .trust = ROOT_PINNED,
    };
    text_copy(entry.name, sizeof entry.name, name);
    memset(entry.sha256, 0xab, sizeof entry.sha256);
    return entry;
}

static struct buffer some_index(void)
{
    SCOPED(entries) entries = {0};
    const struct entry b = entry_named("b.pem"), a = entry_named("a.json");
    struct buffer text = {0};
    EXPECT_OK(entries_set(&entries, &b));
    EXPECT_OK(entries_set(&entries, &a));
    EXPECT_OK(entries_write(&entries, &text));
    return text;
}

TEST(what_is_written_is_read_back_in_the_order_of_names)
{
    SCOPED(buffer) text = some_index();
    SCOPED(entries) got = {0};
    const struct entry a = entry_named("a.json"), b = entry_named("b.pem");
    EXPECT_OK(entries_read(buffer_view(&text), &got));
    EXPECT(got.count == 2);
    EXPECT(memcmp(&got.items[0], &a, sizeof a) == 0);
    EXPECT(memcmp(&got.items[1], &b, sizeof b) == 0);
    EXPECT(entries_named(&got, "b.pem") == &got.items[1] && !entries_named(&got, "c.pem"));
}

/* What is nothing that verifies is looked at anew each time. */
TEST(an_unusable_file_is_not_written_down)
{
    SCOPED(entries) entries = {0};
    SCOPED(entries) got = {0};
    SCOPED(buffer) text = {0};
    struct entry entry = entry_named("junk");
    entry.trust = ROOT_UNTRUSTED;
    EXPECT_OK(entries_set(&entries, &entry));
    EXPECT_OK(entries_write(&entries, &text));
    EXPECT_OK(entries_read(buffer_view(&text), &got));
    EXPECT(got.count == 0);
}

TEST(E2_an_index_cut_anywhere_is_refused)
{
    SCOPED(buffer) text = some_index();
    for (size_t size = 0; size < text.size; size++) {
        SCOPED(entries) got = {0};
        EXPECT(entries_read((slice){text.data, size}, &got).fault);
    }
}

/* E42 */
TEST(what_is_no_index_of_ours_is_refused)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "{\"version\":1}",
        "{\"version\":0,\"objects\":{}}",
        "{\"version\":2,\"objects\":{}}",
        "{\"version\":1,\"objects\":[]}",
        "{\"version\":1,\"objects\":{\"a\":1}}",
        "{\"version\":1,\"objects\":{\"a\":{}}}",
        "{\"version\":1,\"objects\":{},\"objects\":{}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        SCOPED(entries) got = {0};
        EXPECT(entries_read(slice_of_text(texts[i]), &got).fault);
    }
}

TEST(E6_one_entry_too_many_is_refused)
{
    SCOPED(entries) entries = {0};
    char name[16];
    for (unsigned i = 0; i < STORE_ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "%u", i);
        const struct entry entry = entry_named(name);
        EXPECT_OK(entries_set(&entries, &entry));
    }
    const struct entry again = entry_named("7"), more = entry_named("x");
    EXPECT_OK(entries_set(&entries, &again));
    EXPECT_FAIL(EXHAUSTED, entries_set(&entries, &more));
}
