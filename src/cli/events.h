/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The events of logs beside evidence, a line each: the words of whoever wrote the log. */

#include "evidence/endorsements.h"

/* Calls `take` for every event of the logs among the endorsements and in the evidence itself; a log
 * that cannot be read to its end says so in its last line. */
void events_each(slice evidence, const struct endorsements *endorsements,
                 void (*take)(void *context, const char *line), void *context);
