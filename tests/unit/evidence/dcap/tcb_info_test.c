/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/tcb_info.h"

#include "documents.h"

/* Large, so not on the stack. */
static struct tcb_info info;

static status read_body(json_t *body)
{
    SCOPED(buffer) text = document_of("tcbInfo", body);
    return tcb_info_read(buffer_view(&text), &info);
}

static bool reads(json_t *body)
{
    const status result = read_body(body);
    tcb_info_clear(&info);
    return !result.fault;
}

static json_t *at(json_t *array, size_t index)
{
    return json_array_get(array, index);
}

static json_t *levels_of(json_t *body)
{
    return json_object_get(body, "tcbLevels");
}

TEST(a_tcb_info_is_read_as_it_is_written)
{
    static const uint8_t fmspc[FMSPC_SIZE] = {0x00, 0x80, 0x6f, 0x05, 0xab, 0xcd};
    SCOPED(buffer) text = document_of("tcbInfo", tcb_info_body());
    EXPECT_OK(tcb_info_read(buffer_view(&text), &info));
    EXPECT(info.kind == TCB_INFO_TDX && info.document.version == 3);
    EXPECT(info.document.evaluation_number == 17);
    EXPECT(info.document.issue_date_s == 1767225600 && info.document.next_update_s == 1769817600);
    EXPECT(memcmp(info.fmspc, fmspc, sizeof fmspc) == 0); /* digits of either case */
    EXPECT(info.level_count == 2 && info.levels[0].sgx[15] == 7 && info.levels[1].tdx[0] == 2);
    EXPECT(info.levels[0].pcesvn == 7 && info.levels[0].verdict.status == TCB_UP_TO_DATE);
    EXPECT(info.levels[1].verdict.status == TCB_OUT_OF_DATE);
    EXPECT(json_array_size(info.levels[1].verdict.advisory_ids) == 1);
    EXPECT(info.module_count == 1 && tcb_info_module(&info, 3) == &info.modules[0]);
    EXPECT(!tcb_info_module(&info, 0) && !tcb_info_module(&info, 1));
    EXPECT(info.modules[0].level_count == 1 && info.modules[0].levels[0].isvsvn == 3);
    /* What is signed is the body as it stands in the text. */
    const slice body = info.document.signed_bytes;
    EXPECT(body.data > text.data && body.data + body.size < text.data + text.size);
    EXPECT(body.data[0] == '{' && body.data[body.size - 1] == '}');
    tcb_info_clear(&info);
}

/* E2 */
TEST(a_tcb_info_cut_anywhere_is_refused)
{
    SCOPED(buffer) text = document_of("tcbInfo", tcb_info_body());
    for (size_t size = 0; size < text.size; size++)
        EXPECT(tcb_info_read((slice){text.data, size}, &info).fault);
}

TEST(nothing_may_follow_a_tcb_info)
{
    SCOPED(buffer) text = document_of("tcbInfo", tcb_info_body());
    EXPECT_OK(buffer_append(&text, slice_of_text("{}")));
    EXPECT_FAIL(MALFORMED, tcb_info_read(buffer_view(&text), &info));
}

TEST(no_member_of_a_tcb_info_may_be_missing_or_of_another_type)
{
    static const char *const members[] = {
        "id",        "version",   "issueDate", "nextUpdate",
        "fmspc",     "pceId",     "tcbType",   "tcbEvaluationDataNumber",
        "tdxModule", "tcbLevels", NULL,
    };
    EXPECT(reads(tcb_info_body()));
    expect_members_needed(tcb_info_body, members, reads);
}

TEST(a_tcb_info_from_before_modules_had_identities_is_read)
{
    json_t *const body = tcb_info_body();
    json_object_del(body, "tdxModuleIdentities");
    EXPECT(reads(body));
}

/* E24 */
TEST(a_level_without_exactly_16_components_is_refused)
{
    static const char *const kinds[] = {"sgxtcbcomponents", "tdxtcbcomponents"};
    for (int count = 0; count <= 32; count++)
        for (size_t kind = 0; kind < 2; kind++) {
            json_t *const body = tcb_info_body();
            json_t *const list = json_array();
            for (int i = 0; i < count; i++)
                json_array_append_new(list, json_pack("{s:i}", "svn", 0));
            json_object_set_new(json_object_get(at(levels_of(body), 1), "tcb"), kinds[kind], list);
            EXPECT(reads(body) == (count == 16));
        }
}

static json_t *body_with_levels(size_t count)
{
    json_t *const body = tcb_info_body();
    json_array_clear(levels_of(body));
    while (count--)
        json_array_append_new(levels_of(body), level_of(1, "UpToDate"));
    return body;
}

/* E6 */
TEST(no_levels_or_too_many_are_refused)
{
    EXPECT(!reads(body_with_levels(0)));
    EXPECT(reads(body_with_levels(TCB_LEVELS_MAX)));
    EXPECT(!reads(body_with_levels(TCB_LEVELS_MAX + 1)));
}

static json_t *body_with_modules(unsigned count)
{
    json_t *const body = tcb_info_body();
    json_t *const modules = json_object_get(body, "tdxModuleIdentities");
    json_array_clear(modules);
    for (unsigned i = 1; i <= count; i++) {
        char id[sizeof "TDX_ff"];
        snprintf(id, sizeof id, "TDX_%02X", i & 0xff);
        json_array_append_new(modules, module_of(id));
    }
    return body;
}

/* E6 */
TEST(too_many_module_identities_and_two_of_one_name_are_refused)
{
    EXPECT(reads(body_with_modules(TDX_MODULES_MAX)));
    EXPECT(!reads(body_with_modules(TDX_MODULES_MAX + 1)));
    json_t *const body = body_with_modules(2);
    json_array_append_new(json_object_get(body, "tdxModuleIdentities"), module_of("TDX_02"));
    EXPECT(!reads(body));
}

TEST(a_module_identity_with_a_strange_name_is_refused)
{
    static const char *const names[] = {"",        "TDX",    "TDX_",   "TDX_1",
                                        "TDX_001", "tdx_01", "TDX_0g", "TDX-01"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *const body = tcb_info_body();
        json_array_append_new(json_object_get(body, "tdxModuleIdentities"), module_of(names[i]));
        EXPECT(!reads(body));
    }
}

/* E28: a status we do not know must not be taken for a good one. */
TEST(an_unknown_status_is_refused)
{
    json_t *body = tcb_info_body();
    json_object_set_new(at(levels_of(body), 0), "tcbStatus", json_string("Splendid"));
    EXPECT(!reads(body));
    body = tcb_info_body();
    json_t *const module = at(json_object_get(body, "tdxModuleIdentities"), 0);
    json_object_set_new(at(json_object_get(module, "tcbLevels"), 0), "tcbStatus",
                        json_string("ConfigurationNeeded")); /* no status of a module */
    EXPECT(!reads(body));
}

TEST(svns_and_advisories_have_limits)
{
    json_t *body = tcb_info_body();
    json_object_set_new(json_object_get(at(levels_of(body), 0), "tcb"), "pcesvn",
                        json_integer(65536));
    EXPECT(!reads(body));
    static const char *const bad[] = {"", "TWO WORDS", "LINE\n", "\xc3\xa9",
                                      "012345678901234567890123456789012"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        body = tcb_info_body();
        json_array_append_new(json_object_get(at(levels_of(body), 0), "advisoryIDs"),
                              json_string(bad[i]));
        EXPECT(!reads(body));
    }
    body = tcb_info_body();
    for (int i = 0; i < ADVISORIES_MAX; i++)
        json_array_append_new(json_object_get(at(levels_of(body), 0), "advisoryIDs"),
                              json_string("INTEL-SA-00002"));
    EXPECT(!reads(body));
}

TEST(other_versions_kinds_and_types_are_unsupported)
{
    for (int version = 0; version < 6; version++) {
        json_t *const body = tcb_info_body();
        json_object_set_new(body, "version", json_integer(version));
        EXPECT(reads(body) == (version == 3)); /* 2 is of other levels than these */
    }
    json_t *body = tcb_info_body();
    json_object_set_new(body, "id", json_string("TDX "));
    EXPECT(!reads(body));
    body = tcb_info_body();
    json_object_set_new(body, "tcbType", json_integer(1));
    EXPECT(!reads(body));
}

/* {"tcb": {"sgxtcbcomp01svn": 1, ..., "sgxtcbcomp16svn": 16, "pcesvn": 7}} */
static json_t *numbered_level(void)
{
    json_t *const level = level_of(7, "UpToDate");
    json_t *const tcb = json_object_get(level, "tcb");
    json_object_clear(tcb);
    for (int i = 1; i <= 16; i++) {
        char key[32];
        snprintf(key, sizeof key, "sgxtcbcomp%02dsvn", i);
        json_object_set_new(tcb, key, json_integer(i));
    }
    json_object_set_new(tcb, "pcesvn", json_integer(7));
    return level;
}

static json_t *body_of_version_2(void)
{
    json_t *const body = tcb_info_body();
    static const char *const absent[] = {"id", "tdxModule", "tdxModuleIdentities"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        json_object_del(body, absent[i]);
    json_object_set_new(body, "version", json_integer(2));
    json_array_clear(levels_of(body));
    json_array_append_new(levels_of(body), numbered_level());
    return body;
}

TEST(version_2_is_of_sgx_and_numbers_its_components)
{
    EXPECT_OK(read_body(body_of_version_2()));
    EXPECT(info.kind == TCB_INFO_SGX && info.document.version == 2 && info.level_count == 1);
    for (int i = 0; i < TCB_COMPONENTS; i++)
        EXPECT(info.levels[0].sgx[i] == i + 1);
    EXPECT(info.levels[0].pcesvn == 7 && info.module_count == 0);
    tcb_info_clear(&info);
    json_t *const body = body_of_version_2();
    json_object_del(json_object_get(at(levels_of(body), 0), "tcb"), "sgxtcbcomp16svn");
    EXPECT(!reads(body));
}

TEST(a_tcb_info_of_sgx_needs_no_module)
{
    json_t *const body = tcb_info_body();
    json_object_set_new(body, "id", json_string("SGX"));
    json_object_del(body, "tdxModule");
    EXPECT_OK(read_body(body));
    EXPECT(info.kind == TCB_INFO_SGX && info.module_count == 0);
    tcb_info_clear(&info);
}

TEST(fields_of_another_size_are_refused)
{
    static const struct {
        const char *member, *value;
    } rows[] = {{"fmspc", "00806f0500"},   {"fmspc", "00806f05000000"}, {"fmspc", "00806f05000g"},
                {"pceId", "00"},           {"pceId", "000000"},         {"issueDate", "2026-01-01"},
                {"nextUpdate", "tomorrow"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *const body = tcb_info_body();
        json_object_set_new(body, rows[i].member, json_string(rows[i].value));
        EXPECT(!reads(body));
    }
}

/* E42 */
TEST(a_member_that_is_there_twice_is_refused)
{
    SCOPED(buffer) text = document_of("tcbInfo", tcb_info_body());
    SCOPED(buffer) twice = {0};
    EXPECT_OK(buffer_append(&twice, slice_of_text("{\"tcbInfo\":{},")));
    EXPECT_OK(buffer_append(&twice, (slice){text.data + 1, text.size - 1}));
    EXPECT_FAIL(MALFORMED, tcb_info_read(buffer_view(&twice), &info));
}
