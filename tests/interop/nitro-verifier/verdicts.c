/* SPDX-License-Identifier: Apache-2.0 */

/* Reads "DOCUMENT_IN_HEX UNIX_TIME" a line, and answers "accepted" or why not: for compare.mjs. */

#include "codec/text.h"
#include "evidence/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct platform nitro_platform;

static const char *why_not(const struct facts *facts)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            return facts->checks[i].reason;
    return "a check is missing";
}

static const char *judge(slice hex, int64_t now_s)
{
    static struct facts facts;
    SCOPED(buffer) document = {0};
    if (hex_read(hex, &document).fault)
        return "no hex";
    const struct verification request = {.evidence = buffer_view(&document), .now_s = now_s};
    memset(&facts, 0, sizeof facts);
    const status verified = nitro_platform.verify(&request, &facts);
    if (verified.fault)
        return verified.fault->what;
    return facts_authentic(&facts) ? "accepted" : why_not(&facts);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        char *const space = strchr(line, ' ');
        if (!space)
            return 1;
        *space = 0;
        puts(judge(slice_of_text(line), strtoll(space + 1, NULL, 10)));
        fflush(stdout);
    }
    free(line);
    return 0;
}
