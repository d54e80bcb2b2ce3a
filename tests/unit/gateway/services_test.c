/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/services.h"

#include "test.h"

enum { NOW_MS = 1000 };

static struct config_egress config = {.service = "web", .to_count = 3};
static struct service service;

static void begin(void)
{
    memset(&service, 0, sizeof service);
    service_begin(&service, &config, NULL);
}

TEST(the_backend_with_the_fewest_streams_is_next)
{
    begin();
    EXPECT(service_pick(&service, 0, NOW_MS) == 0);
    atomic_store(&service.backends[0].streams, 2);
    atomic_store(&service.backends[1].streams, 1);
    atomic_store(&service.backends[2].streams, 1);
    EXPECT(service_pick(&service, 0, NOW_MS) == 1);
    EXPECT(service_pick(&service, 1 << 1, NOW_MS) == 2);
    EXPECT(service_pick(&service, 1 << 1 | 1 << 2, NOW_MS) == 0);
    EXPECT(service_pick(&service, 7, NOW_MS) == -1);
}

TEST(one_that_did_not_answer_rests_and_is_tried_when_no_other_is_left)
{
    begin();
    backend_failed(&service, 0, NOW_MS, "a test");
    EXPECT(service_pick(&service, 0, NOW_MS) == 1);
    EXPECT(service_pick(&service, 1 << 1 | 1 << 2, NOW_MS) == 0);
    EXPECT(service_pick(&service, 0, NOW_MS + BACKEND_REST_MS) == 0);
    backend_failed(&service, 1, NOW_MS, "a test");
    backend_answered(&service, 1);
    EXPECT(!backend_is_resting(&service.backends[1], NOW_MS));
}

TEST(one_that_is_checked_rests_until_it_answers)
{
    begin();
    config.health_s = 5;
    backend_failed(&service, 2, NOW_MS, "a test");
    EXPECT(backend_is_resting(&service.backends[2], NOW_MS + 1000 * BACKEND_REST_MS));
    backend_answered(&service, 2);
    EXPECT(!backend_is_resting(&service.backends[2], NOW_MS));
    config.health_s = 0;
}

TEST(a_service_has_exactly_its_name)
{
    begin();
    EXPECT(service_find(&service, 1, slice_of_text("web")) == &service);
    EXPECT(!service_find(&service, 1, slice_of_text("we")));
    EXPECT(!service_find(&service, 1, slice_of_text("webs")));
    EXPECT(!service_find(&service, 0, slice_of_text("web")));
}
