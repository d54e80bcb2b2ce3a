/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include "test.h"

static const char *const keys[] = {"links", "listen", "reattest", "threads", "identity", NULL};

static status read_text(const char *text, struct yaml_document *out, struct problem *problem)
{
    memset(problem, 0, sizeof *problem);
    return yaml_read(slice_of_text(text), out, problem);
}

/* The problem's line and a piece of its text; `out` of a failed read is left empty. */
static bool is_refused(slice text, int line, const char *piece)
{
    struct problem problem = {.line = -1};
    SCOPED(yaml_document) document = {0};
    const status read = yaml_read(text, &document, &problem);
    const bool is_right = read.fault && read.fault->failure == FAILURE_MALFORMED &&
                          problem.line == line && strstr(problem.text, piece) && !document.nodes;
    if (!is_right)
        printf("  got line %d: %s\n", problem.line, problem.text);
    return is_right;
}

static bool node_is(const struct yaml *node, enum yaml_kind kind, const char *text, int line)
{
    return node && node->kind == kind && node->line == line &&
           (text ? node->text && strcmp(node->text, text) == 0 : !node->text);
}

TEST(a_document_is_a_tree_in_which_every_node_knows_its_line)
{
    static const char text[] = "# a comment\n"
                               "links:\n"
                               "  cloud:\n"
                               "    connect: \"tls://10.0.0.2:7443\"\n"
                               "    verify: { policy: db.yaml, 'strict': true }\n"
                               "listen:\n"
                               "  - one\n"
                               "  -\n"
                               "    two: 2\n"
                               "text: |\n"
                               "  a\n"
                               "  b\n"
                               "empty:\n";
    struct problem problem;
    SCOPED(yaml_document) document = {0};
    EXPECT_OK(read_text(text, &document, &problem));
    const struct yaml *const root = document.root;
    EXPECT(node_is(root, YAML_MAPPING, NULL, 2) && !root->key && !root->next);
    EXPECT(document.count == 13);

    const struct yaml *const cloud = yaml_child(yaml_child(root, "links"), "cloud");
    EXPECT(node_is(cloud, YAML_MAPPING, NULL, 3) && strcmp(cloud->key, "cloud") == 0);
    const struct yaml *const connect = yaml_child(cloud, "connect");
    EXPECT(node_is(connect, YAML_SCALAR, "tls://10.0.0.2:7443", 4) && connect->quoted);
    const struct yaml *const verify = yaml_child(cloud, "verify");
    EXPECT(connect->next == verify && !verify->next);
    EXPECT(node_is(yaml_child(verify, "policy"), YAML_SCALAR, "db.yaml", 5));
    EXPECT(!yaml_child(verify, "policy")->quoted);
    EXPECT(node_is(yaml_child(verify, "strict"), YAML_SCALAR, "true", 5));

    const struct yaml *const listen = yaml_child(root, "listen");
    EXPECT(node_is(listen, YAML_SEQUENCE, NULL, 6));
    EXPECT(node_is(listen->first_child, YAML_SCALAR, "one", 7) && !listen->first_child->key);
    EXPECT(node_is(listen->first_child->next, YAML_MAPPING, NULL, 9));
    EXPECT(node_is(yaml_child(listen->first_child->next, "two"), YAML_SCALAR, "2", 9));
    EXPECT(node_is(yaml_child(root, "text"), YAML_SCALAR, "a\nb\n", 10));
    EXPECT(yaml_child(root, "text")->quoted);
    EXPECT(node_is(yaml_child(root, "empty"), YAML_SCALAR, "", 13));
    EXPECT(!yaml_child(root, "absent") && !yaml_child(listen, "one") && !yaml_child(NULL, "x"));
}

/* C1 */
TEST(an_empty_document_has_no_root)
{
    static const char *const empty[] = {"", "\n", "# nothing\n", "\xef\xbb\xbf", " \r\n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct problem problem;
        SCOPED(yaml_document) document = {0};
        EXPECT_OK(read_text(empty[i], &document, &problem));
        EXPECT(!document.root && !document.count);
    }
}

/* C7 */
/* C1 */
TEST(C1_no_bytes_at_all_are_an_empty_document)
{
    struct problem problem;
    SCOPED(yaml_document) document = {0};
    EXPECT_OK(yaml_read((slice){NULL, 0}, &document, &problem));
    EXPECT(!document.root);
}

TEST(a_byte_order_mark_and_crlf_are_tolerated_and_lines_still_right)
{
    struct problem problem;
    SCOPED(yaml_document) document = {0};
    EXPECT_OK(
        read_text("\xef\xbb\xbf# c\r\nlinks: a\r\n\r\nlisten:\r\n  - b\r\n", &document, &problem));
    EXPECT(node_is(yaml_child(document.root, "links"), YAML_SCALAR, "a", 2));
    EXPECT(node_is(yaml_child(document.root, "listen")->first_child, YAML_SCALAR, "b", 5));
}

/* C7 */
TEST(what_is_not_a_text_is_refused_with_the_line)
{
    static const uint8_t binary[] = {'a', ':', ' ', '1', '\n', 0x7f, 'E', 'L', 'F', 0};
    static const uint8_t nul[] = {'a', ':', '\n', '\n', ' ', 0, 'b'};
    EXPECT(is_refused(SLICE(binary), 2, "control character 0x7f: is this a text file?"));
    EXPECT(is_refused(SLICE(nul), 3, "control character 0x00"));
    EXPECT(is_refused(slice_of_text("a: 1\nb: \x1b[2J\n"), 2, "control character 0x1b"));
    EXPECT(is_refused(slice_of_text("a: 1\nb: \xff\n"), 2, "is not UTF-8 text"));
    EXPECT(is_refused(slice_of_text("a: 1\nb: \xc3\n"), 2, "is not UTF-8 text"));
    EXPECT(is_refused(slice_of_text("\xff\xfe"
                                    "a"),
                      1, "is not UTF-8 text")); /* UTF-16 */
}

TEST(line_ends_that_no_editor_shows_are_refused)
{
    static const char *const refused[] = {
        "a: 1\n# x \xe2\x80\xa8"
        "b: 2\n",
        "a: 1\n# x \xe2\x80\xa9"
        "b: 2\n",
        "a: 1\n# x \xc2\x85"
        "b: 2\n",
        "a: 1\n# x \rb: 2\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT(is_refused(slice_of_text(refused[i]), 2, "line end"));
}

/* C3 */
TEST(a_duplicate_key_is_refused_with_both_lines)
{
    EXPECT(is_refused(slice_of_text("a: 1\nb: 2\n'a': 3\n"), 3,
                      "key 'a' is already on line 1: write it once"));
    EXPECT(is_refused(slice_of_text("- {x: 1}\n- y:\n    b: 1\n    c: {}\n    b: 2\n"), 5,
                      "key 'b' is already on line 3"));
    struct problem problem;
    SCOPED(yaml_document) document = {0};
    EXPECT_OK(read_text("- {x: {x: 1}}\n- {x: 1}\n", &document, &problem));
}

TEST(what_hides_meaning_is_refused_with_the_line)
{
    EXPECT(is_refused(slice_of_text("a: &x 1\nb: *x\n"), 1, "anchor '&x'"));
    EXPECT(is_refused(slice_of_text("a: &x {}\n"), 1, "anchor '&x'"));
    EXPECT(is_refused(slice_of_text("a: 1\nb: *x\n"), 2, "alias '*x'"));
    EXPECT(is_refused(slice_of_text("a: !!int 1\n"), 1, "tag 'tag:yaml.org,2002:int'"));
    EXPECT(is_refused(slice_of_text("a: !x [1]\n"), 1, "tag '!x'"));
    EXPECT(is_refused(slice_of_text("%TAG ! x:\n---\na: 1\n"), 1, "%TAG"));
    EXPECT(is_refused(slice_of_text("a: 1\n---\nb: 1\n"), 2, "a second document"));
    EXPECT(is_refused(slice_of_text("a: \"b\\0c\"\n"), 1, "NUL"));
    EXPECT(is_refused(slice_of_text("\"a\\0\": b\n"), 1, "NUL"));
    EXPECT(is_refused(slice_of_text("a: 1\n[b]: 1\n"), 2, "a key is not a text"));
    EXPECT(is_refused(slice_of_text("{{a: 1}: 1}\n"), 1, "a key is not a text"));
    EXPECT(is_refused(slice_of_text("a: 1\n'': 1\n"), 2, "empty key"));
}

/* C4 */
TEST(what_is_not_yaml_is_refused_with_the_line)
{
    EXPECT(is_refused(slice_of_text("a:\n\tb: 1\n"), 2, "indent with spaces, not with tabs"));
    EXPECT(is_refused(slice_of_text("a: b: c\n"), 1, "mapping values are not allowed"));
    EXPECT(is_refused(slice_of_text("a: [1,\n  2\nb: 3\n"), 3, "that began on line 1"));
    EXPECT(is_refused(slice_of_text("a: 1\nb: \"c\n"), 2, "that began on line 2"));
    EXPECT(is_refused(slice_of_text("a: 1\n- b\n"), 2, "is not YAML"));
}

/* ---- limits ---- */

static struct buffer repeated(const char *begin, const char *piece, size_t count)
{
    struct buffer text = {0};
    EXPECT_OK(buffer_append(&text, slice_of_text(begin)));
    for (size_t i = 0; i < count; i++)
        EXPECT_OK(buffer_append(&text, slice_of_text(piece)));
    return text;
}

static bool is_read(const struct buffer *text)
{
    struct problem problem;
    SCOPED(yaml_document) document = {0};
    return !yaml_read(buffer_view(text), &document, &problem).fault;
}

/* E42 */
TEST(depth_size_entries_and_keys_have_limits)
{
    SCOPED(buffer) deep = repeated("", "- ", YAML_DEPTH_MAX);
    EXPECT(is_read(&deep));
    SCOPED(buffer) deeper = repeated("", "- ", YAML_DEPTH_MAX + 1);
    EXPECT(is_refused(buffer_view(&deeper), 1, "nested more than 16 deep"));
    SCOPED(buffer) bomb = repeated("", "[", 100000);
    EXPECT(is_refused(buffer_view(&bomb), 1, "nested more than 16 deep"));

    SCOPED(buffer) entries = repeated("", "- 1\n", YAML_NODES_MAX - 1);
    EXPECT(is_read(&entries));
    SCOPED(buffer) too_many = repeated("", "- 1\n", YAML_NODES_MAX);
    EXPECT(is_refused(buffer_view(&too_many), YAML_NODES_MAX, "more than 20000 entries"));

    SCOPED(buffer) large = repeated("# ", "0123456789abcde\n# ", YAML_SIZE_MAX / 18 + 1);
    EXPECT(is_refused(buffer_view(&large), 0, "is larger than 1048576 bytes"));

    SCOPED(buffer) mapping = {0};
    for (int i = 0; i < YAML_KEYS_MAX; i++) {
        char line[32];
        snprintf(line, sizeof line, "k%d: 1\n", i);
        EXPECT_OK(buffer_append(&mapping, slice_of_text(line)));
    }
    EXPECT(is_read(&mapping));
    EXPECT_OK(buffer_append(&mapping, slice_of_text("more: 1\n")));
    EXPECT(is_refused(buffer_view(&mapping), YAML_KEYS_MAX + 1, "more than 1000 keys"));
}

/* ---- problems ---- */

TEST(a_problem_is_printable_and_says_where_it_was_cut)
{
    struct problem problem = {0};
    char long_text[600];
    EXPECT_FAIL(MALFORMED, problem_at(&problem, 7, "%s %d", "a\n\x1b[31m\xc3\xa9\x7f~", 5));
    EXPECT(problem.line == 7 && strcmp(problem.text, "a\\x0a\\x1b[31m\\xc3\\xa9\\x7f~ 5") == 0);
    for (size_t size = 240; size < sizeof long_text; size++) {
        memset(long_text, size % 2 ? '\n' : 'x', size);
        long_text[size] = '\0';
        EXPECT(problem_at(&problem, 1, "%s", long_text).fault);
        const size_t got = strlen(problem.text);
        EXPECT(got < sizeof problem.text);
        if (size % 2 || size > 255)
            EXPECT(strcmp(problem.text + got - 3, "...") == 0);
    }
    EXPECT(problem_at(&problem, 1, "%s", "inner").fault);
    EXPECT(problem_at(&problem, 2, "outer: %s", problem.text).fault);
    EXPECT(strcmp(problem.text, "outer: inner") == 0);
}

/* Reads "key: value" lines with yaml_only_keys; the problem's text, or "" when it is accepted. */
static const char *complaint_about(const char *text, int line)
{
    static struct problem problem;
    SCOPED(yaml_document) document = {0};
    EXPECT_OK(read_text(text, &document, &problem));
    if (!yaml_only_keys(document.root, keys, &problem).fault)
        return "";
    EXPECT(problem.line == line);
    return problem.text;
}

/* C2 */
TEST(an_unknown_key_is_named_with_its_line_and_the_nearest_known_key)
{
    EXPECT(strcmp(complaint_about("links: 1\nreattest: 2\n", 0), "") == 0);
    EXPECT(strcmp(complaint_about("links: 1\n\nreattst: 2\n", 3),
                  "unknown key 'reattst'; did you mean 'reattest'?") == 0);
    EXPECT(strcmp(complaint_about("lsiten: 2\n", 1),
                  "unknown key 'lsiten'; did you mean 'listen'?") == 0);
    EXPECT(strcmp(complaint_about("Threads: 2\n", 1),
                  "unknown key 'Threads'; did you mean 'threads'?") == 0);
    EXPECT(strcmp(complaint_about("zzzzzzzz: 2\n", 1),
                  "unknown key 'zzzzzzzz'; the keys here are: links, listen, reattest, threads, "
                  "identity") == 0);
    EXPECT(strcmp(complaint_about("<<: {links: 1}\n", 1),
                  "unknown key '<<'; the keys here are: links, listen, reattest, threads, "
                  "identity") == 0);
    EXPECT(strcmp(complaint_about("\n\n- links\n", 3),
                  "entry: write keys and values; the keys are: links, listen, reattest, threads, "
                  "identity") == 0);
    /* longer than any key that we compare */
    EXPECT(
        strstr(complaint_about("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1\n", 1),
               "the keys here are"));
}

/* ---- scalars ---- */

enum reading { FLAG, NUMBER, DURATION, TEXT };

/* What `reading` makes of "key: <value>" as a number; the problem's text in `problem` if none. */
static bool reads(enum reading reading, const char *value, uint64_t *out, struct problem *problem)
{
    char text[256];
    bool flag = false;
    uint64_t number = 99;
    const char *string = NULL;
    status read = OK;
    SCOPED(yaml_document) document = {0};
    snprintf(text, sizeof text, "\nkey: %s\n", value);
    EXPECT_OK(read_text(text, &document, problem));
    const struct yaml *const node = yaml_child(document.root, "key");
    if (reading == FLAG)
        read = yaml_read_flag(node, &flag, problem);
    else if (reading == NUMBER)
        read = yaml_read_number(node, 1000, &number, problem);
    else if (reading == DURATION)
        read = yaml_read_duration(node, &number, problem);
    else
        read = yaml_read_text(node, &string, problem);
    if (read.fault) {
        EXPECT(read.fault->failure == FAILURE_MALFORMED && problem->line == 2);
        EXPECT(!flag && number == 99 && !string);
        return false;
    }
    *out = reading == FLAG ? flag : reading == TEXT ? strlen(string) : number;
    return true;
}

/* C4, C5 */
TEST(scalars_are_read_and_nothing_else_is)
{
    static const struct {
        enum reading reading;
        const char *value;
        bool is_accepted;
        uint64_t number;
    } rows[] = {
        {FLAG, "true", true, 1},
        {FLAG, "false", true, 0},
        {FLAG, "'true'", false, 0},
        {FLAG, "True", false, 0},
        {FLAG, "yes", false, 0},
        {FLAG, "on", false, 0},
        {FLAG, "1", false, 0},
        {FLAG, "", false, 0},
        {FLAG, "[true]", false, 0},
        {NUMBER, "0", true, 0},
        {NUMBER, "1000", true, 1000},
        {NUMBER, "1001", false, 0},
        {NUMBER, "18446744073709551616", false, 0},
        {NUMBER, "18446744073709551615", false, 0},
        {NUMBER, "99999999999999999999999999", false, 0},
        {NUMBER, "-1", false, 0},
        {NUMBER, "+1", false, 0},
        {NUMBER, "010", false, 0},
        {NUMBER, "00", false, 0},
        {NUMBER, "0x10", false, 0},
        {NUMBER, "1_000", false, 0},
        {NUMBER, "1.0", false, 0},
        {NUMBER, "1e2", false, 0},
        {NUMBER, "\"5\"", false, 0},
        {NUMBER, "five", false, 0},
        {NUMBER, "", false, 0},
        {NUMBER, "{a: 1}", false, 0},
        {DURATION, "30s", true, 30},
        {DURATION, "5m", true, 300},
        {DURATION, "2h", true, 7200},
        {DURATION, "1d", true, 86400},
        {DURATION, "'45'", true, 45},
        {DURATION, "45", true, 45},
        {DURATION, "0", true, 0},
        {DURATION, "36500d", true, 3153600000},
        {DURATION, "36501d", false, 0},
        {DURATION, "3153600001", false, 0},
        {DURATION, "18446744073709551615d", false, 0},
        {DURATION, "1w", false, 0},
        {DURATION, "1ms", false, 0},
        {DURATION, "1 h", false, 0},
        {DURATION, "1h30m", false, 0},
        {DURATION, "1.5h", false, 0},
        {DURATION, "-1s", false, 0},
        {DURATION, "s", false, 0},
        {DURATION, "", false, 0},
        {DURATION, "[1s]", false, 0},
        {TEXT, "db.yaml", true, 7},
        {TEXT, "123", true, 3},
        {TEXT, "\"\"", true, 0},
        {TEXT, "'null'", true, 4},
        {TEXT, "", false, 0},
        {TEXT, "~", false, 0},
        {TEXT, "null", false, 0},
        {TEXT, "[a]", false, 0},
        {TEXT, "{}", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem;
        uint64_t number = 0;
        const bool is_read = reads(rows[i].reading, rows[i].value, &number, &problem);
        if (is_read != rows[i].is_accepted || (is_read && number != rows[i].number))
            printf("  %s\n", rows[i].value);
        EXPECT(is_read == rows[i].is_accepted);
        EXPECT(!is_read || number == rows[i].number);
    }
}

/* C4, C5 */
TEST(a_wrong_scalar_is_told_with_what_to_write)
{
    struct problem problem;
    uint64_t number;
    EXPECT(!reads(FLAG, "yes", &number, &problem));
    EXPECT(strcmp(problem.text, "key: 'yes': write true or false, without quotes") == 0);
    EXPECT(!reads(NUMBER, "\"5\"", &number, &problem));
    EXPECT(strcmp(problem.text,
                  "key: \"5\": write a whole number from 0 to 1000, without quotes") == 0);
    EXPECT(!reads(DURATION, "soon", &number, &problem));
    EXPECT(strcmp(problem.text, "key: 'soon': write a duration such as 30s, 5m, 2h or 1d, at most "
                                "36500d") == 0);
    EXPECT(!reads(TEXT, "", &number, &problem));
    EXPECT(strcmp(problem.text, "key: write a text") == 0);
    EXPECT(!reads(TEXT, "[x]", &number, &problem));
    EXPECT(strcmp(problem.text, "key: write a text") == 0);
}

TEST(a_document_cut_anywhere_never_leaves_half_a_tree)
{
    static const char text[] = "a: \"b\"\nc: [d, {e: f}]\ng:\n  - h\n";
    for (size_t size = 0; size < sizeof text; size++) {
        struct problem problem = {.line = -1};
        SCOPED(yaml_document) document = {0};
        const status read = yaml_read((slice){(const uint8_t *)text, size}, &document, &problem);
        EXPECT(!read.fault == (problem.line == -1));
        EXPECT(!read.fault || !document.nodes);
    }
}
