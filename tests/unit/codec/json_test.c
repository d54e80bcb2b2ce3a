/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

#include "test.h"

#include "samples.h"

#include <ftw.h>

static status read_text(const char *text)
{
    SCOPED(json) json = {0};
    const status read = json_read(slice_of_text(text), &json);
    EXPECT(!read.fault == (json.root != NULL));
    return read;
}

TEST(what_vendors_write_is_read)
{
    static const char *const accepted[] = {
        "{}",
        "[]",
        " \t\r\n{ } \n",
        "{\"a\":[1,-0,2.5,1e3,1E-2,-12.75e+1],\"b\":[true,false,null]}",
        "[[[[]]],{\"x\":{\"y\":[{}]}}]",
        "{\"\\u0061\\\"\\\\\\/\\b\\f\\n\\r\\t\":\"\xc3\xa9\\ud834\\udd1e\"}",
        "[9223372036854775807,-9223372036854775808]",
        "{\"\":0}",
    };
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++)
        EXPECT_OK(read_text(accepted[i]));
}

/* E42 */
TEST(what_is_not_strict_json_is_refused)
{
    static const char *const refused[] = {
        "",
        " ",
        "1",
        "\"text\"",
        "null",
        "{",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "[]]",
        "{}{}",
        "{} x",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[-]",
        "[1e]",
        "[0x10]",
        "[NaN]",
        "[Infinity]",
        "[True]",
        "[truely]",
        "[\"a]",
        "[\"\\x41\"]",
        "[\"\\u12\"]",
        "[\"\\u123g\"]",
        "[\"tab\there\"]",
        "[\"line\nhere\"]",
        "[1]//",
        "[/**/]",
        "\xef\xbb\xbf{}",                      /* a byte order mark */
        "{\"a\":1,\"a\":2}",                   /* duplicates */
        "{\"a\":1,\"\\u0061\":2}",             /* ... however they are written */
        "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]", /* ... wherever they are */
        "[\"\xff\"]",                          /* not UTF-8 */
        "[\"\xc0\x80\"]",
        "[\"\xed\xa0\x80\"]",
        "[\"\\ud834\"]", /* half a pair */
        "[\"\\u0000\"]", /* NUL */
        "{\"\\u0000\":1}",
        "[1e400]", /* beyond what a double holds */
        "[-1e400]",
        "[9223372036854775808]", /* beyond 64 bits */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const status read = read_text(refused[i]);
        if (!read.fault || read.fault->failure != FAILURE_MALFORMED)
            printf("  %s\n", refused[i]);
        EXPECT_FAIL(MALFORMED, read);
    }
}

/* E42 */
TEST(a_nul_byte_is_refused_anywhere)
{
    static const char text[] = "{\"key\": \"value\", \"n\": [1, true]}";
    char changed[sizeof text];
    SCOPED(json) json = {0};
    for (size_t i = 0; i < sizeof text; i++) {
        memcpy(changed, text, sizeof text);
        changed[i] = '\0';
        EXPECT_FAIL(MALFORMED, json_read((slice){(const uint8_t *)changed, sizeof text}, &json));
    }
    EXPECT(!json.root);
}

TEST(json_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    static const char text[] = "{\"key\": \"v\\u0061l\", \"n\": [1.5e3, true, {\"x\": null}]}";
    const slice whole = {(const uint8_t *)text, sizeof text - 1};
    SCOPED(json) json = {0};
    for (size_t size = 0; size < whole.size; size++) {
        slice out = {0};
        EXPECT_FAIL(MALFORMED, json_read((slice){whole.data, size}, &json));
        EXPECT(!json.root);
        EXPECT_FAIL(MALFORMED, json_member_bytes((slice){whole.data, size}, "key", &out));
        EXPECT(!out.data);
    }
    EXPECT_OK(json_read(whole, &json));
}

/* `count` times `piece` between `begin` and `end`; the size is the caller's to check. */
static struct buffer repeated(const char *begin, const char *piece, size_t count, const char *end)
{
    struct buffer text = {0};
    EXPECT_OK(buffer_append(&text, slice_of_text(begin)));
    for (size_t i = 0; i < count; i++)
        EXPECT_OK(buffer_append(&text, slice_of_text(piece)));
    EXPECT_OK(buffer_append(&text, slice_of_text(end)));
    return text;
}

static status read_buffer(const struct buffer *text)
{
    SCOPED(json) json = {0};
    return json_read(buffer_view(text), &json);
}

/* E42 */
TEST(depth_size_and_number_of_values_have_limits)
{
    char open[JSON_DEPTH_MAX + 2] = {0}, close[JSON_DEPTH_MAX + 2] = {0}, text[128];
    memset(open, '[', JSON_DEPTH_MAX);
    memset(close, ']', JSON_DEPTH_MAX);
    snprintf(text, sizeof text, "%s%s", open, close);
    EXPECT_OK(read_text(text));
    open[JSON_DEPTH_MAX] = '[';
    close[JSON_DEPTH_MAX] = ']';
    snprintf(text, sizeof text, "%s%s", open, close);
    EXPECT_FAIL(EXHAUSTED, read_text(text));

    SCOPED(buffer) bomb = repeated("", "[", 100000, "");
    EXPECT_FAIL(EXHAUSTED, read_buffer(&bomb));
    SCOPED(buffer) objects = repeated("", "{\"a\":", 100000, "");
    EXPECT_FAIL(EXHAUSTED, read_buffer(&objects));

    /* the array is a value too */
    SCOPED(buffer) values = repeated("[", "1,", JSON_VALUES_MAX - 2, "1]");
    EXPECT_OK(read_buffer(&values));
    SCOPED(buffer) too_many = repeated("[", "1,", JSON_VALUES_MAX - 1, "1]");
    EXPECT_FAIL(EXHAUSTED, read_buffer(&too_many));
    SCOPED(buffer) million = repeated("{", "\"a\":1,", 600000, "\"b\":1}");
    EXPECT_FAIL(EXHAUSTED, read_buffer(&million));

    SCOPED(buffer)
    large = repeated("{\"k\":1,\"s\":\"", "0123456789abcdef", JSON_SIZE_MAX / 16, "\"}");
    slice out = {0};
    EXPECT_FAIL(EXHAUSTED, read_buffer(&large));
    EXPECT_FAIL(EXHAUSTED, json_member_bytes(buffer_view(&large), "k", &out));
    SCOPED(buffer)
    fits = repeated("{\"k\":1,\"s\":\"", "0123456789abcdef", JSON_SIZE_MAX / 16 - 1, "\"}");
    EXPECT_OK(read_buffer(&fits));
}

TEST(members_are_given_only_as_what_they_are)
{
    static const char text[] = "{\"text\":\"a\\tb\",\"number\":42,\"minus\":-1,\"real\":1.0,"
                               "\"array\":[1,2],\"object\":{},\"null\":null}";
    static const char *const keys[] = {"text",  "number", "minus", "real",
                                       "array", "object", "null"};
    SCOPED(json) json = {0};
    EXPECT_OK(json_read(slice_of_text(text), &json));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        slice string = {0};
        uint64_t number = 99;
        json_t *array = NULL, *object = NULL;
        EXPECT(!json_text(json.root, keys[i], &string).fault == (strcmp(keys[i], "text") == 0));
        EXPECT(!json_number(json.root, keys[i], 42, &number).fault ==
               (strcmp(keys[i], "number") == 0));
        EXPECT(!json_array_member(json.root, keys[i], 2, &array).fault ==
               (strcmp(keys[i], "array") == 0));
        EXPECT(!json_object_member(json.root, keys[i], &object).fault ==
               (strcmp(keys[i], "object") == 0));
        EXPECT((string.data != NULL) + (number != 99) + (array != NULL) + (object != NULL) <= 1);
        if (string.data)
            EXPECT(slice_equal(string, slice_of_text("a\tb")));
    }
    uint64_t number = 99;
    json_t *array = NULL;
    slice string;
    EXPECT_FAIL(MALFORMED, json_number(json.root, "number", 41, &number));
    EXPECT_FAIL(MALFORMED, json_number(json.root, "minus", UINT64_MAX, &number));
    EXPECT_FAIL(EXHAUSTED, json_array_member(json.root, "array", 1, &array));
    EXPECT_FAIL(MALFORMED, json_text(json.root, "absent", &string));
    EXPECT_FAIL(MALFORMED, json_text(NULL, "text", &string));
    EXPECT(number == 99 && !array);
}

/* ---- the bytes of a member ---- */

static bool member_is(const char *text, const char *key, const char *expected)
{
    slice out = {0};
    EXPECT_OK(json_member_bytes(slice_of_text(text), key, &out));
    return slice_equal(out, slice_of_text(expected)) && out.data >= (const uint8_t *)text &&
           out.data < (const uint8_t *)text + strlen(text);
}

TEST(the_bytes_of_a_member_are_those_received)
{
    EXPECT(member_is("{\"a\":1}", "a", "1"));
    EXPECT(member_is(" {\n \"b\" : 0 , \"a\" :\t{ \"x\" : [ 1 , 2 ] }\r\n, \"c\":1 } ", "a",
                     "{ \"x\" : [ 1 , 2 ] }"));
    EXPECT(member_is("{\"a\": \"s\\u0041\" }", "a", "\"s\\u0041\""));
    EXPECT(member_is("{\"a\": 1.50 , \"b\":2}", "a", "1.50"));
    EXPECT(member_is("{\"a\": null}", "a", "null"));
    EXPECT(member_is("{\"\":[]}", "", "[]"));
}

TEST(strings_escapes_and_nesting_do_not_fool_the_search)
{
    EXPECT(member_is("{\"x\":{\"a\":1},\"a\":2}", "a", "2"));
    EXPECT(member_is("{\"x\":\"\\\",\\\"a\\\":1,\",\"a\":2}", "a", "2"));
    EXPECT(member_is("{\"x\":\"a\",\"y\":\"\\\\\",\"a\":2}", "a", "2"));
    EXPECT(member_is("{\"x\":[\"}\",\"]\",{\"a\":\"{\"}],\"a\":{\"s\":\"}\\\"}\"}}", "a",
                     "{\"s\":\"}\\\"}\"}"));
    EXPECT(member_is("{\"\\\"a\":1,\"a\":2,\"a\\\"\":3,\"aa\":4,\"\":5}", "a", "2"));
    EXPECT(member_is("{\"\\u0061\":2}", "a", "2")); /* an escaped key is the same key */
    EXPECT(member_is("{\"\\/\\u00e9\":2}", "/\xc3\xa9", "2"));
}

TEST(a_member_that_is_absent_twice_there_or_in_no_object_is_refused)
{
    static const char *const refused[] = {
        "{}",
        "{\"b\":1}",
        "{\"A\":1}",
        "{\"x\":{\"a\":1}}",
        "{\"x\":\"a\"}",
        "[\"a\",1]",
        "[{\"a\":1}]",
        "\"a\"",
        "",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"\\u0061\":1,\"x\":0,\"a\":2}",
        "{\"a\":1}{",
        "{\"a\":1} x",
        "{\"a\":1,}",
        "{\"a\":1",
        "{\"a\":01}",
        "{\"x\":[1,],\"a\":1}",
        "{\"a\\u0000\":1}",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        slice out = {0};
        EXPECT_FAIL(MALFORMED, json_member_bytes(slice_of_text(refused[i]), "a", &out));
        EXPECT(!out.data);
    }
}

/* ---- real files ---- */

static int json_files, signed_files;

/* In Intel's collateral the signed member's text begins right after its key and ends before the
 * signature's: a search of another kind than ours. */
static void check_signed(slice text, const char *member)
{
    char begin[64];
    snprintf(begin, sizeof begin, "{\"%s\":", member);
    const slice prefix = slice_of_text(begin);
    if (text.size < prefix.size || memcmp(text.data, prefix.data, prefix.size) != 0)
        return;
    slice out = {0};
    const uint8_t *const end = memmem(text.data, text.size, ",\"signature\":\"", 14);
    EXPECT_OK(json_member_bytes(text, member, &out));
    EXPECT(end && out.data == text.data + prefix.size && out.data + out.size == end);
    signed_files++;
}

static int read_json_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    if (kind != FTW_F || !ends_with(path + place->base, ".json"))
        return 0;
    SCOPED(buffer) file = file_read("", path);
    SCOPED(json) json = {0};
    const status read = json_read(buffer_view(&file), &json);
    if (file.size && file.data[0] == '/') { /* one has a comment on top, and so is not JSON */
        EXPECT_FAIL(MALFORMED, read);
        return 0;
    }
    if (read.fault)
        printf("  %s\n", path);
    EXPECT_OK(read);
    check_signed(buffer_view(&file), "tcbInfo");
    check_signed(buffer_view(&file), "enclaveIdentity");
    json_files++;
    return 0;
}

TEST(every_sample_in_json_is_read_and_its_signed_member_found)
{
    const char *const root = samples_root();
    if (!root)
        SKIP(200, "no shared samples");
    EXPECT(nftw(root, read_json_file, 16, FTW_PHYS) == 0);
    EXPECT(json_files >= 100 && signed_files >= 10);
}
