/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

#include "test.h"

#include "samples.h"

#include <ftw.h>

static bool reads_as(status call, const struct buffer *got, slice expected)
{
    return !call.fault && slice_equal(buffer_view(got), expected);
}

/* ---- hexadecimal ---- */

TEST(hex_is_written_and_read_back)
{
    uint8_t bytes[256], again[256];
    char text[2 * sizeof bytes + 1];
    SCOPED(buffer) read = {0};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    hex_write(SLICE(bytes), text);
    EXPECT(strlen(text) == 2 * sizeof bytes && strncmp(text, "000102", 6) == 0);
    EXPECT(strcmp(text + 2 * sizeof bytes - 6, "fdfeff") == 0);
    EXPECT(reads_as(hex_read(slice_of_text(text), &read), &read, SLICE(bytes)));
    EXPECT_OK(hex_read_exactly(slice_of_text(text), again, sizeof again));
    EXPECT(memcmp(bytes, again, sizeof bytes) == 0);
}

TEST(hex_of_any_case_is_read_and_of_nothing_is_nothing)
{
    static const uint8_t expected[] = {0xab, 0xcd, 0xef};
    SCOPED(buffer) read = {0};
    EXPECT(reads_as(hex_read(slice_of_text("aBCdEf"), &read), &read, SLICE(expected)));
    EXPECT(reads_as(hex_read((slice){0}, &read), &read, (slice){0}));
}

TEST(hex_refuses_every_other_character_and_leaves_out_untouched)
{
    SCOPED(buffer) out = {0};
    uint8_t exact[2] = {7, 7};
    EXPECT_OK(buffer_append(&out, slice_of_text("kept")));
    for (unsigned c = 0; c < 256; c++) {
        const uint8_t text[] = {'a', 'b', 'c', (uint8_t)c};
        if (c && strchr("0123456789abcdefABCDEF", (int)c))
            continue;
        EXPECT_FAIL(MALFORMED, hex_read(SLICE(text), &out));
        EXPECT_FAIL(MALFORMED, hex_read_exactly(SLICE(text), exact, sizeof exact));
    }
    EXPECT_FAIL(MALFORMED, hex_read(slice_of_text("abc"), &out));
    EXPECT_FAIL(MALFORMED, hex_read_exactly(slice_of_text("abc"), exact, sizeof exact));
    EXPECT_FAIL(MALFORMED, hex_read_exactly(slice_of_text("ab"), exact, sizeof exact));
    EXPECT_FAIL(MALFORMED, hex_read_exactly(slice_of_text("abcdef"), exact, sizeof exact));
    EXPECT_FAIL(MALFORMED, hex_read_exactly(slice_of_text("abcd"), exact, SIZE_MAX / 2 + 3));
    EXPECT(slice_equal(buffer_view(&out), slice_of_text("kept")));
    EXPECT(exact[0] == 7 && exact[1] == 7);
}

/* ---- base64 ---- */

TEST(base64_gives_the_vectors_of_the_specification)
{
    static const char *const vectors[][2] = {
        /* RFC 4648, "Test Vectors" */
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const slice plain = slice_of_text(vectors[i][0]), text = slice_of_text(vectors[i][1]);
        const slice unpadded = {text.data, strcspn(vectors[i][1], "=")};
        SCOPED(buffer) out = {0};
        EXPECT(reads_as(base64_write(plain, &out), &out, text));
        EXPECT(reads_as(base64url_write(plain, &out), &out, unpadded));
        EXPECT(reads_as(base64_read(text, &out), &out, plain));
        EXPECT(reads_as(base64_read(unpadded, &out), &out, plain));
    }
}

TEST(base64_has_two_alphabets_that_do_not_mix)
{
    static const uint8_t bytes[] = {0xfb, 0xff, 0xbf, 0xfb, 0xff, 0xbf};
    SCOPED(buffer) out = {0};
    EXPECT(reads_as(base64_write(SLICE(bytes), &out), &out, slice_of_text("+/+/+/+/")));
    EXPECT(reads_as(base64url_write(SLICE(bytes), &out), &out, slice_of_text("-_-_-_-_")));
    EXPECT(reads_as(base64_read(slice_of_text("+/+/+/+/"), &out), &out, SLICE(bytes)));
    EXPECT(reads_as(base64_read(slice_of_text("-_-_-_-_"), &out), &out, SLICE(bytes)));
    EXPECT_FAIL(MALFORMED, base64_read(slice_of_text("+/+/-_-_"), &out));
    EXPECT_FAIL(MALFORMED, base64_read(slice_of_text("-_-_-_-/"), &out));
}

TEST(base64_skips_white_space_anywhere)
{
    SCOPED(buffer) out = {0};
    EXPECT(reads_as(base64_read(slice_of_text(" Z m9\r\nv\tYg = =\n"), &out), &out,
                    slice_of_text("foob")));
}

TEST(base64_refuses_garbage_and_leaves_out_untouched)
{
    static const char *const refused[] = {
        "Z",      "Zm9vY",    "Zg=",      "Zg===",    "Zm8==",        "Zm9v=",      "=",
        "====",   "Z===",     "Zg==Zg==", "Zm=8",     "Zh==",         "Zm9=",       "Zh",
        "Zm9vYh", "Zm9v*mFy", "Zm9v,",    "Zm9\x0bv", "Zm9v\xc3\xa9", "Zg==\nZm9v",
    };
    SCOPED(buffer) out = {0};
    EXPECT_OK(buffer_append(&out, slice_of_text("kept")));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_FAIL(MALFORMED, base64_read(slice_of_text(refused[i]), &out));
    EXPECT_FAIL(MALFORMED, base64_read((slice){(const uint8_t *)"Zm9v\0", 5}, &out));
    EXPECT(slice_equal(buffer_view(&out), slice_of_text("kept")));
}

/* ---- PEM ---- */

/* RFC 8410, "Example Ed25519 Public Key"; the DER is what openssl asn1parse makes of it. */
#define KEY_BODY "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
#define KEY_BEGIN "-----BEGIN PUBLIC KEY-----"
#define KEY_END "-----END PUBLIC KEY-----"
static const char key_der[] =
    "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

static bool reads_key(slice *text)
{
    char label[PEM_LABEL_SIZE_MAX] = "";
    SCOPED(buffer) der = {0};
    SCOPED(buffer) expected = {0};
    EXPECT_OK(hex_read(slice_of_text(key_der), &expected));
    return reads_as(pem_read_next(text, label, &der), &der, buffer_view(&expected)) &&
           strcmp(label, "PUBLIC KEY") == 0;
}

static status next_of(const char *text)
{
    char label[PEM_LABEL_SIZE_MAX] = "kept";
    slice left = slice_of_text(text);
    SCOPED(buffer) der = {0};
    const status read = pem_read_next(&left, label, &der);
    if (read.fault)
        EXPECT(strcmp(label, "kept") == 0 && !der.data && left.size == strlen(text));
    return read;
}

/* E43 */
TEST(pem_tolerates_every_line_end_comments_and_white_space)
{
    static const char *const accepted[] = {
        KEY_BEGIN "\n" KEY_BODY "\n" KEY_END "\n",
        KEY_BEGIN "\n" KEY_BODY "\n" KEY_END,
        KEY_BEGIN "\r\n" KEY_BODY "\r\n" KEY_END "\r\n",
        KEY_BEGIN "\r" KEY_BODY "\r" KEY_END "\r",
        "\xef\xbb\xbf" KEY_BEGIN "\n" KEY_BODY "\n" KEY_END "\n",
        "# the relay's key\r\nsubject: CN = relay\r\n\r\n" KEY_BEGIN "\r\n" KEY_BODY "\r\n" KEY_END,
        KEY_BEGIN
        "  \n\n  MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrB\n\tZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\n" KEY_END
        "\t\n",
        "# " KEY_BEGIN "\n# AAAA\n# " KEY_END "\n" KEY_BEGIN "\n" KEY_BODY "\n" KEY_END "\n",
    };
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        slice text = slice_of_text(accepted[i]);
        EXPECT(reads_key(&text));
        EXPECT(text.size == 0);
    }
}

/* E43 */
TEST(pem_blocks_come_one_after_another_until_none_is_left)
{
    const char *const block = "\r\ncomment\r\n" KEY_BEGIN "\r\n" KEY_BODY "\r\n" KEY_END "\r\n";
    char text[1024], label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    snprintf(text, sizeof text, "%s%s%sthe end\r\n", block, block, block);
    slice left = slice_of_text(text);
    for (int i = 0; i < 3; i++)
        EXPECT(reads_key(&left));
    EXPECT_FAIL(UNEXPECTED, pem_read_next(&left, label, &der));
    EXPECT(slice_equal(left, slice_of_text("the end\r\n")));
}

/* E43 */
TEST(pem_that_could_be_read_in_two_ways_is_refused)
{
    static const char *const refused[] = {
        KEY_BEGIN "\n" KEY_BODY "\n-----END PRIVATE KEY-----\n",
        KEY_BEGIN "\n" KEY_BODY "\n-----END PUBLIC KEY----\n",
        KEY_BEGIN "\n" KEY_BODY "\n-----END PUBLIC KEY-----x\n",
        KEY_BEGIN "\n" KEY_BEGIN "\n" KEY_BODY "\n" KEY_END "\n",
        KEY_BEGIN "\nProc-Type: 4,ENCRYPTED\n\n" KEY_BODY "\n" KEY_END "\n",
        KEY_BEGIN "\n# a comment\n" KEY_BODY "\n" KEY_END "\n",
        KEY_BEGIN "\n-_-_\n" KEY_END "\n", /* the url alphabet */
        KEY_BEGIN "\n" KEY_END "\n",
        KEY_BEGIN "\n" KEY_BODY "=\n" KEY_END "\n",
        KEY_BEGIN KEY_BODY KEY_END,
        "-----BEGIN -----\nAAAA\n-----END -----\n",
        "-----BEGIN  KEY-----\nAAAA\n-----END  KEY-----\n",
        "-----BEGIN A--B-----\nAAAA\n-----END A--B-----\n",
        "-----BEGIN A\x01-----\nAAAA\n-----END A\x01-----\n",
        "-----BEGIN \xc3\xa9-----\nAAAA\n-----END \xc3\xa9-----\n",
        "-----BEGIN \n",
        "-----BEGIN PUBLIC KEY\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_FAIL(MALFORMED, next_of(refused[i]));
}

TEST(pem_without_a_block_or_cut_anywhere_is_refused)
{
    static const char text[] = KEY_BEGIN "\n" KEY_BODY "\n" KEY_END;
    char cut[sizeof text];
    EXPECT_FAIL(UNEXPECTED, next_of(""));
    EXPECT_FAIL(UNEXPECTED, next_of("no block\nat all"));
    EXPECT_FAIL(UNEXPECTED, next_of(" " KEY_BEGIN "\n"));
    EXPECT_FAIL(UNEXPECTED, next_of(KEY_END "\n"));
    EXPECT_FAIL(TRUNCATED, next_of(KEY_BEGIN "\n" KEY_BODY "\n"));
    for (size_t size = 0; size < sizeof text - 1; size++) {
        snprintf(cut, sizeof cut, "%.*s", (int)size, text);
        EXPECT(next_of(cut).fault);
    }
}

/* E43 */
TEST(pem_labels_and_blocks_have_limits)
{
    char label[PEM_LABEL_SIZE_MAX + 1], text[256];
    SCOPED(buffer) large = {0};
    SCOPED(buffer) out = {0};
    memset(label, 'A', sizeof label - 1);
    label[PEM_LABEL_SIZE_MAX] = '\0';
    snprintf(text, sizeof text, "-----BEGIN %s-----\nAAAA\n-----END %s-----\n", label, label);
    EXPECT_FAIL(EXHAUSTED, next_of(text));
    EXPECT_FAIL(INTERNAL, pem_write(label, slice_of_text("x"), &out));
    label[PEM_LABEL_SIZE_MAX - 1] = '\0';
    snprintf(text, sizeof text, "-----BEGIN %s-----\nAAAA\n-----END %s-----\n", label, label);
    EXPECT_OK(next_of(text));
    EXPECT_OK(pem_write(label, slice_of_text("x"), &out));

    /* 10 MB in one block */
    char line[65];
    memset(line, 'A', 64);
    line[64] = '\n';
    EXPECT_OK(buffer_append(&large, slice_of_text(KEY_BEGIN "\n")));
    for (size_t size = 0; size < 10 << 20; size += sizeof line)
        EXPECT_OK(buffer_append(&large, (slice){(const uint8_t *)line, sizeof line}));
    EXPECT_OK(buffer_append(&large, slice_of_text(KEY_END "\n")));
    slice left = buffer_view(&large);
    EXPECT_FAIL(EXHAUSTED, pem_read_next(&left, label, &out));
}

TEST(pem_is_written_as_openssl_writes_it_and_read_back)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    SCOPED(buffer) text = {0};
    EXPECT_OK(hex_read(slice_of_text(key_der), &der));
    EXPECT(reads_as(pem_write("PUBLIC KEY", buffer_view(&der), &text), &text,
                    slice_of_text(KEY_BEGIN "\n" KEY_BODY "\n" KEY_END "\n")));
    for (size_t size = 1; size < 150; size++) {
        uint8_t bytes[150];
        SCOPED(buffer) again = {0};
        memset(bytes, (int)size, sizeof bytes);
        EXPECT_OK(pem_write("A-B C", (slice){bytes, size}, &text));
        slice left = buffer_view(&text);
        EXPECT(reads_as(pem_read_next(&left, label, &again), &again, (slice){bytes, size}));
        EXPECT(strcmp(label, "A-B C") == 0 && left.size == 0);
        const uint8_t *const end_of_line = memchr(text.data + 20, '\n', text.size - 20);
        EXPECT(end_of_line - (text.data + strlen("-----BEGIN A-B C-----\n")) <= 64);
    }
    EXPECT_FAIL(INTERNAL, pem_write("", buffer_view(&der), &text));
    EXPECT_FAIL(INTERNAL, pem_write("A\nB", buffer_view(&der), &text));
    EXPECT_FAIL(INTERNAL, pem_write("A", (slice){0}, &text));
}

/* ---- real files ---- */

static int pem_files;

static int read_pem_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    char label[PEM_LABEL_SIZE_MAX];
    int blocks = 0;
    (void)info;
    if (kind != FTW_F || !ends_with(path + place->base, ".pem"))
        return 0;
    SCOPED(buffer) file = file_read("", path);
    slice left = buffer_view(&file);
    for (;;) {
        SCOPED(buffer) der = {0};
        const status read = pem_read_next(&left, label, &der);
        if (read.fault && read.fault->failure == FAILURE_UNEXPECTED)
            break;
        EXPECT_OK(read);
        if (read.fault)
            break;
        EXPECT(der.data[0] == 0x30); /* each holds a DER SEQUENCE */
        blocks++;
    }
    if (!blocks)
        printf("  no block in %s\n", path);
    EXPECT(blocks);
    pem_files++;
    return 0;
}

TEST(every_sample_in_pem_is_read_to_its_end)
{
    const char *const root = samples_root();
    if (!root)
        SKIP(300, "no shared samples");
    EXPECT(nftw(root, read_pem_file, 16, FTW_PHYS) == 0);
    EXPECT(pem_files >= 300);
}
