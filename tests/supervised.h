/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A part of a test that runs on a simulated machine. What it expects and does not find is printed
 * there, and counted here. */

#include "sim/stage.h"
#include "sim/supervisor.h"

#include "test.h"

struct supervised_part {
    void (*run)(void *context);
    void *context;
};

static int supervised_part_run(void *context)
{
    const struct supervised_part *const part = context;
    test_failures = 0;
    part->run(part->context);
    return test_failures > 100 ? 100 : test_failures;
}

/* Whatever this machine has itself is hidden. */
__attribute__((unused)) static void on_stage(struct sim_stage *stage, void (*run)(void *context),
                                             void *context)
{
    struct supervised_part part = {run, context};
    const struct sim_program program = {supervised_part_run, &part};
    int code = -1;
    EXPECT_OK(sim_stage_hide_this_machine(stage));
    const struct sim_scenery scenery = sim_stage_scenery(stage);
    EXPECT_OK(sim_supervise(&scenery, &program, &code));
    EXPECT(code == 0);
}
