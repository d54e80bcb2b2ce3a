/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TCB infos and QE identities as trees that a test can spoil in one place before they are written.
 * The members are those of Intel PCS API version 4; nothing is signed.
 */

#include "base/bytes.h"

#include <jansson.h>

#include "test.h"

#define ZEROS_16 "00000000000000000000000000000000"
#define ZEROS_48 ZEROS_16 ZEROS_16 ZEROS_16

static inline json_t *components_of(int svn)
{
    json_t *const list = json_array();
    for (int i = 0; i < 16; i++)
        json_array_append_new(list, json_pack("{s:i}", "svn", svn));
    return list;
}

static inline json_t *svn_level_of(int svn, const char *tcb)
{
    return json_pack("{s:{s:i},s:s,s:s}", "tcb", "isvsvn", svn, "tcbDate", "2024-03-13T00:00:00Z",
                     "tcbStatus", tcb);
}

static inline json_t *level_of(int svn, const char *tcb)
{
    return json_pack("{s:{s:o,s:i,s:o},s:s,s:s,s:[s]}", "tcb", "sgxtcbcomponents",
                     components_of(svn), "pcesvn", svn, "tdxtcbcomponents", components_of(svn),
                     "tcbDate", "2024-03-13T00:00:00Z", "tcbStatus", tcb, "advisoryIDs",
                     "INTEL-SA-00001");
}

static inline json_t *module_of(const char *id)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:[o]}", "id", id, "mrsigner", ZEROS_48, "attributes",
                     "0000000000000000", "attributesMask", "FFFFFFFFFFFFFFFF", "tcbLevels",
                     svn_level_of(3, "UpToDate"));
}

static inline json_t *tcb_info_body(void)
{
    return json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:i,s:i,s:{s:s,s:s,s:s},s:[o],s:[o,o]}", "id", "TDX",
                     "version", 3, "issueDate", "2026-01-01T00:00:00Z", "nextUpdate",
                     "2026-01-31T00:00:00Z", "fmspc", "00806F05abcd", "pceId", "0000", "tcbType", 0,
                     "tcbEvaluationDataNumber", 17, "tdxModule", "mrsigner", ZEROS_48, "attributes",
                     "0000000000000000", "attributesMask", "FFFFFFFFFFFFFFFF",
                     "tdxModuleIdentities", module_of("TDX_03"), "tcbLevels",
                     level_of(7, "UpToDate"), level_of(2, "OutOfDate"));
}

static inline json_t *qe_identity_body(void)
{
    return json_pack(
        "{s:s,s:i,s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:[o,o]}", "id", "TD_QE", "version", 2,
        "issueDate", "2026-01-01T00:00:00Z", "nextUpdate", "2026-01-31T00:00:00Z",
        "tcbEvaluationDataNumber", 17, "miscselect", "01000000", "miscselectMask", "0F000000",
        "attributes", "11000000000000000000000000000000", "attributesMask",
        "FBFFFFFFFFFFFFFF0000000000000000", "mrsigner",
        "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5", "isvprodid", 2,
        "tcbLevels", svn_level_of(4, "UpToDate"), svn_level_of(2, "OutOfDate"));
}

/* Takes `body` and writes {"<member>":<body>,"signature":"..."}. */
static inline struct buffer document_of(const char *member, json_t *body)
{
    struct buffer text = {0};
    json_t *const document = json_pack("{s:o,s:s}", member, body, "signature", ZEROS_48 ZEROS_16);
    char *const json = json_dumps(document, JSON_COMPACT);
    EXPECT(json && !buffer_append(&text, slice_of_text(json)).fault);
    free(json);
    json_decref(document);
    return text;
}

/* Every way to spoil one member: it is missing, or of another type. */
static inline void expect_members_needed(json_t *(*make)(void), const char *const *members,
                                         bool (*reads)(json_t *body))
{
    for (; *members; members++) {
        json_t *body = make();
        EXPECT(json_object_del(body, *members) == 0);
        EXPECT(!reads(body));
        body = make();
        json_object_set_new(body, *members, json_true());
        const bool read = reads(body);
        if (read)
            printf("  %s\n", *members);
        EXPECT(!read);
    }
}
