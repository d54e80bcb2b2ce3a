/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/facts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct check *add(struct facts *facts, const char *name, enum check_result result)
{
    assert(!facts_check(facts, name)); /* a later pass could hide a failure */
    if (facts->check_count == CHECKS_MAX) {
        facts->overflowed = true;
        return NULL;
    }
    struct check *const check = &facts->checks[facts->check_count++];
    *check = (struct check){.name = name, .reason = "", .result = result};
    return check;
}

/* Details quote names that strangers wrote. */
static void keep_printable(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

static void explain(struct check *check, const char *reason, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
static void explain(struct check *check, const char *reason, const char *format, va_list arguments)
{
    if (!check)
        return;
    check->reason = reason;
    vsnprintf(check->detail, sizeof check->detail, format, arguments);
    keep_printable(check->detail);
}

void facts_rely_until(struct facts *facts, int64_t end_s)
{
    if (facts->valid_until_s == 0 || end_s < facts->valid_until_s)
        facts->valid_until_s = end_s;
}

void check_pass(struct facts *facts, const char *name)
{
    add(facts, name, CHECK_PASS);
}

void check_fail(struct facts *facts, const char *name, const char *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    explain(add(facts, name, CHECK_FAIL), reason, format, arguments);
    va_end(arguments);
}

void check_skip(struct facts *facts, const char *name, const char *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    explain(add(facts, name, CHECK_SKIPPED), reason, format, arguments);
    va_end(arguments);
}

void check_status(struct facts *facts, const char *name, const char *reason, status result)
{
    if (result.fault)
        check_fail(facts, name, reason, "%s", result.fault->what);
    else
        check_pass(facts, name);
}

void check_copy(struct facts *facts, const char *name, const char *reason,
                const struct check *check)
{
    struct check *const copy = add(facts, name, check->result);
    if (!copy)
        return;
    *copy = *check;
    copy->name = name;
    if (reason && check->result != CHECK_PASS)
        copy->reason = reason;
}

const struct check *facts_check(const struct facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (strcmp(facts->checks[i].name, name) == 0)
            return &facts->checks[i];
    return NULL;
}

static bool passed(const struct facts *facts, const char *name)
{
    const struct check *const check = facts_check(facts, name);
    return check && check->result == CHECK_PASS;
}

bool facts_authentic(const struct facts *facts)
{
    if (facts->overflowed || facts->claims.overflowed)
        return false;
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            return false;
    /* A binding that was not asked for is a skipped check; one that nobody looked at is none. */
    return passed(facts, "signature") && passed(facts, "chain") && facts_check(facts, "binding");
}
