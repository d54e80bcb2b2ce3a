/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/links.h"

#include "test.h"

TEST(a_lane_number_is_used_once)
{
    struct number_window window = {0};
    EXPECT(!number_window_use(&window, 0));
    EXPECT(number_window_use(&window, 1) && !number_window_use(&window, 1));
    EXPECT(number_window_use(&window, 3) && number_window_use(&window, 2));
    EXPECT(!number_window_use(&window, 3) && !number_window_use(&window, 2));
}

TEST(numbers_may_come_late_but_not_too_late)
{
    struct number_window window = {0};
    EXPECT(number_window_use(&window, 1000));
    EXPECT(number_window_use(&window, 1000 - LANE_NUMBERS_KEPT + 1));
    EXPECT(!number_window_use(&window, 1000 - LANE_NUMBERS_KEPT + 1));
    EXPECT(!number_window_use(&window, 1000 - LANE_NUMBERS_KEPT));
    EXPECT(!number_window_use(&window, 1));
}

/* Against a plain list of every number ever used. */
TEST(the_window_agrees_with_a_list)
{
    enum { NUMBERS = 4096 };
    static bool used[NUMBERS + 1];
    struct number_window window = {0};
    uint32_t highest = 0, state = 1;
    for (int i = 0; i < 20000; i++) {
        state = state * 1664525 + 1013904223;
        const uint32_t reach = highest + 300 < NUMBERS ? highest + 300 : NUMBERS;
        const uint32_t number = state >> 8 & 1 ? 1 + (state >> 9) % reach : highest + 1;
        if (number > NUMBERS)
            continue;
        const bool is_old = number <= highest && highest - number >= LANE_NUMBERS_KEPT;
        EXPECT(number_window_use(&window, number) == (!used[number] && !is_old));
        used[number] = true;
        if (number > highest)
            highest = number;
    }
}

TEST(a_jump_to_the_highest_number_forgets_nothing_it_should_keep)
{
    struct number_window window = {0};
    EXPECT(number_window_use(&window, UINT32_MAX - 1));
    EXPECT(number_window_use(&window, UINT32_MAX));
    EXPECT(!number_window_use(&window, UINT32_MAX));
    EXPECT(!number_window_use(&window, UINT32_MAX - 1));
    EXPECT(number_window_use(&window, UINT32_MAX - 2));
}

static struct link *new_link(struct registry *registry, uint8_t id)
{
    struct link_keys keys = {.lane_key = {.data = {1, 2, 3}, .size = 48}};
    struct link *link = NULL;
    memset(keys.id, id, sizeof keys.id);
    EXPECT_OK(link_new(registry, &keys, 2, &link));
    EXPECT(keys.lane_key.size == 0 && keys.lane_key.data[0] == 0); /* moved, not copied */
    EXPECT_OK(link_begin(link));
    return link;
}

TEST(a_link_is_found_by_its_id_until_it_ends)
{
    struct registry registry = {0};
    uint8_t id[LINK_ID_SIZE];
    registry_begin(&registry);
    struct link *const links[] = {new_link(&registry, 1), new_link(&registry, 2),
                                  new_link(&registry, 3)};
    memset(id, 2, sizeof id);
    struct link *const found = registry_find(&registry, id);
    EXPECT(found == links[1]);
    EXPECT(link_join(found, 1) && !link_join(found, 1));
    EXPECT(link_end(links[1]) && !link_end(links[1]));
    EXPECT(!registry_find(&registry, id));
    EXPECT(!link_join(found, 2)); /* it is over */
    EXPECT(registry.count == 2);
    link_drop(found);
    link_drop(links[1]);
    EXPECT(link_end(links[0]) && link_end(links[2]));
    EXPECT(registry.count == 0 && !registry.first);
    link_drop(links[0]);
    link_drop(links[2]);
    registry_end(&registry);
}

TEST(a_link_has_a_bounded_number_of_lanes)
{
    struct registry registry = {0};
    registry_begin(&registry);
    struct link *const link = new_link(&registry, 1);
    for (uint32_t number = 1; number <= LINK_LANES_MAX; number++)
        EXPECT(link_join(link, number));
    EXPECT(!link_join(link, LINK_LANES_MAX + 1));
    atomic_fetch_sub(&link->counters.lanes, 1);
    EXPECT(link_join(link, LINK_LANES_MAX + 2));
    EXPECT(link_end(link));
    link_drop(link);
    registry_end(&registry);
}

static struct link *link_from(struct registry *registry, uint32_t host)
{
    struct link_keys keys = {.lane_key = {.size = 48}};
    struct link *link = NULL;
    EXPECT_OK(link_new(registry, &keys, 1, &link));
    link->address.size = sizeof link->address.v4;
    link->address.v4.sin_family = AF_INET;
    link->address.v4.sin_addr.s_addr = htonl(host);
    return link;
}

/* N11: with `clients: any` nothing but this keeps one host from taking all the places. */
TEST(one_source_has_a_bounded_number_of_links)
{
    struct registry registry = {0};
    static struct link *links[LINKS_PER_SOURCE_MAX];
    registry_begin(&registry);
    for (size_t i = 0; i < LINKS_PER_SOURCE_MAX; i++) {
        links[i] = link_from(&registry, 1);
        EXPECT_OK(link_begin(links[i]));
    }
    struct link *const late = link_from(&registry, 1);
    struct link *const other = link_from(&registry, 2);
    struct link *const ours = link_from(&registry, 1); /* our own links are configured */
    ours->uplink = (struct uplink *)&registry;
    EXPECT_FAIL(EXHAUSTED, link_begin(late));
    EXPECT_OK(link_begin(other));
    EXPECT_OK(link_begin(ours));
    EXPECT(link_end(links[0]));
    EXPECT_OK(link_begin(late));
    EXPECT(link_end(other) && link_end(ours) && link_end(late));
    for (size_t i = 1; i < LINKS_PER_SOURCE_MAX; i++)
        EXPECT(link_end(links[i]));
    for (size_t i = 0; i < LINKS_PER_SOURCE_MAX; i++)
        link_drop(links[i]);
    link_drop(late);
    link_drop(other);
    link_drop(ours);
    EXPECT(registry.count == 0);
    registry_end(&registry);
}
