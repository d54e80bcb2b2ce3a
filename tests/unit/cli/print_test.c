/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include "test.h"

/* What a printing function wrote. */
static const char *shown(void (*print)(FILE *out, const void *what), const void *what)
{
    static char text[4096];
    FILE *const out = fmemopen(text, sizeof text, "w");
    print(out, what);
    fclose(out);
    return text;
}

static void escaped(FILE *out, const void *what)
{
    print_escaped(out, *(const slice *)what);
}

static bool is_json(json_t *value, const char *text)
{
    char *const got = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const bool same = got && strcmp(got, text) == 0;
    if (!same)
        printf("  got %s\n", got ? got : "nothing");
    free(got);
    json_decref(value);
    return same;
}

static bool claims_are_json(const struct claims *claims, const char *text)
{
    EXPECT_OK(claims_finish(claims));
    return is_json(json_of_claims(claims), text);
}

/* O2 */
TEST(O2_whatever_moves_a_terminals_cursor_is_shown_as_its_code)
{
    const uint8_t bytes[] = "a\r\n\x1b[31m\x7f\x80\xc3\xa9\\ ~";
    const slice text = {bytes, sizeof bytes}; /* with its NUL */
    EXPECT(strcmp(shown(escaped, &text), "a\\x0d\\x0a\\x1b[31m\\x7f\\x80\\xc3\\xa9\\x5c ~\\x00") ==
           0);
}

TEST(every_kind_of_claim_keeps_its_kind)
{
    struct claims claims = {0};
    const uint8_t bytes[] = {0x00, 0xAB, 0xff};
    claim_bytes(&claims, "bytes", SLICE(bytes));
    claim_bytes(&claims, "no_bytes", (slice){0});
    claim_number(&claims, "number", 14);
    claim_number(&claims, "large", INT64_MAX);
    claim_flag(&claims, "yes", true);
    claim_flag(&claims, "no", false);
    claim_text(&claims, "text", "0x30000");
    claim_texts_append(&claims, "texts", slice_of_text("INTEL-SA-00837"));
    claim_texts_append(&claims, "texts", slice_of_text("INTEL-SA-00960"));
    claim_numbers(&claims, "numbers", SLICE(bytes));
    EXPECT(claims_are_json(&claims, "{\"bytes\":\"00abff\",\"no_bytes\":\"\",\"number\":14,"
                                    "\"large\":9223372036854775807,\"yes\":true,\"no\":false,"
                                    "\"text\":\"0x30000\","
                                    "\"texts\":[\"INTEL-SA-00837\",\"INTEL-SA-00960\"],"
                                    "\"numbers\":[0,171,255]}"));
}

TEST(a_number_above_what_json_readers_hold_keeps_its_digits)
{
    struct claims claims = {0};
    claim_number(&claims, "largest", UINT64_MAX);
    EXPECT(claims_are_json(&claims, "{\"largest\":\"18446744073709551615\"}"));
}

TEST(a_dot_makes_a_group_in_the_order_of_the_claims)
{
    struct claims claims = {0};
    claim_number(&claims, "reported_tcb.snp", 14);
    claim_number(&claims, "vmpl", 0);
    claim_number(&claims, "reported_tcb.tee", 1);
    claim_text(&claims, "pck.config.1", "ff");
    EXPECT(claims_are_json(&claims, "{\"reported_tcb\":{\"snp\":14,\"tee\":1},\"vmpl\":0,"
                                    "\"pck\":{\"config\":{\"1\":\"ff\"}}}"));
}

TEST(a_group_that_has_the_name_of_a_claim_loses_neither)
{
    struct claims claims = {0};
    claim_number(&claims, "policy", 1);
    claim_number(&claims, "policy.raw", 2);
    EXPECT(claims_are_json(&claims, "{\"policy\":1,\"policy.raw\":2}"));
}

/* O2 */
TEST(O2_text_that_is_no_utf8_is_escaped_in_json)
{
    struct claims claims = {0};
    claim_text(&claims, "good", "S\xc3\xa9v");
    claim_text(&claims, "bad", "\xff\x1bz");
    EXPECT(claims_are_json(&claims, "{\"good\":\"S\xc3\xa9v\",\"bad\":\"\\\\xff\\\\x1bz\"}"));
}

static void all_claims(FILE *out, const void *what)
{
    const struct claims *const claims = what;
    for (size_t i = 0; i < claims->count; i++)
        print_claim(out, "", claims, &claims->entries[i]);
}

TEST(people_read_one_claim_a_line)
{
    struct claims claims = {0};
    const uint8_t bytes[] = {1, 2};
    claim_bytes(&claims, "bytes", SLICE(bytes));
    claim_texts_append(&claims, "texts", slice_of_text("a"));
    claim_texts_append(&claims, "texts", slice_of_text("b\n"));
    claim_numbers(&claims, "numbers", SLICE(bytes));
    EXPECT(strcmp(shown(all_claims, &claims), "bytes                        0102\n"
                                              "texts                        a, b\\x0a\n"
                                              "numbers                      1 2\n") == 0);
}
