/* SPDX-License-Identifier: Apache-2.0 */

/* Which of several documents of Intel's counts when. */

#include "evidence/dcap/collateral.h"
#include "test.h"

enum { DOCUMENTS = 3 };

struct dates {
    int64_t issue_s, next_s;
    uint64_t evaluation;
};

static const uint8_t fmspc[FMSPC_SIZE] = {1}, pceid[PCEID_SIZE] = {0};

/* The index of the TCB info chosen at `now_s` among those with these dates, all signed. */
static size_t chosen_at(const struct dates dates[DOCUMENTS], size_t count, int64_t now_s,
                        enum document_standing *out_standing)
{
    struct dcap_collateral *const collateral = calloc(1, sizeof *collateral);
    struct collateral_tcb_info *const infos = calloc(DOCUMENTS, sizeof *infos);
    for (size_t i = 0; i < count; i++) {
        infos[i].info.kind = TCB_INFO_TDX;
        memcpy(infos[i].info.fmspc, fmspc, sizeof fmspc);
        infos[i].info.document = (struct signed_document){.issue_date_s = dates[i].issue_s,
                                                          .next_update_s = dates[i].next_s,
                                                          .evaluation_number = dates[i].evaluation};
        infos[i].signer.size = 48;
        collateral->tcb_infos[collateral->tcb_info_count++] = &infos[i];
    }
    const struct collateral_tcb_info *const found =
        collateral_tcb_info_at(collateral, TCB_INFO_TDX, fmspc, pceid, now_s, out_standing);
    const size_t index = found ? (size_t)(found - infos) : DOCUMENTS;
    free(infos);
    free(collateral);
    return index;
}

/* E23 */
TEST(of_documents_in_force_the_highest_evaluation_counts_then_the_latest)
{
    static const struct dates dates[DOCUMENTS] = {{100, 200, 17}, {100, 200, 18}, {120, 200, 18}};
    enum document_standing standing;
    EXPECT(chosen_at(dates, DOCUMENTS, 150, &standing) == 2 && standing == DOCUMENT_CURRENT);
    EXPECT(chosen_at(dates, DOCUMENTS, 110, &standing) == 1 && standing == DOCUMENT_CURRENT);
    EXPECT(chosen_at(dates, 0, 150, &standing) == DOCUMENTS && standing == DOCUMENT_MISSING);
}

/* E23 */
TEST(a_lower_evaluation_than_one_known_before_is_no_better_than_expired)
{
    static const struct dates dates[DOCUMENTS] = {{100, 900, 17}, {100, 200, 18}, {300, 400, 18}};
    enum document_standing standing;
    EXPECT(chosen_at(dates, 1, 250, &standing) == 0 && standing == DOCUMENT_CURRENT);
    EXPECT(chosen_at(dates, 2, 250, &standing) == 1 && standing == DOCUMENT_EXPIRED);
    EXPECT(chosen_at(dates, DOCUMENTS, 350, &standing) == 2 && standing == DOCUMENT_CURRENT);
}

TEST(what_is_issued_later_does_not_outdate_what_is_in_force_now)
{
    static const struct dates dates[DOCUMENTS] = {{100, 200, 17}, {300, 400, 18}};
    enum document_standing standing;
    EXPECT(chosen_at(dates, 2, 150, &standing) == 0 && standing == DOCUMENT_CURRENT);
}
