/* SPDX-License-Identifier: Apache-2.0 */
/* The page behind every link. GET shows what it will do and changes nothing, whoever fetches it; the person's POST does it.
 * Garbage, forged and expired links do not come here: the door answers them. */
#include "web/pages/link_steps.h"

#include "actions/associate.h"
#include "actions/confirm_mail.h"
#include "base/encoding.h"
#include "web/form_token.h"

#include <string.h>

static const struct {
    unsigned status;
    const char *reason;
} dead[] = {
    [LINK_TROUBLE] = {503,  NULL     },
      [LINK_LIVE] = { 200, NULL     },
      [LINK_GARBAGE] = { 404, "garbage"},
    [LINK_EXPIRED] = { 410, "expired"},
      [LINK_USED] = { 410, "used"   },
      [LINK_ALREADY] = { 200, NULL     },
    [LINK_OVER] = { 410, "over"   },
      [LINK_FOREIGN] = { 403, "foreign"},
      [LINK_REFUSED] = { 403, "refused"},
};

void link_show_dead(struct web_request *request, struct web_reply *reply, enum link_outcome outcome)
{
    if (dead[outcome].reason == NULL) {
        page_trouble(request, reply);
        return;
    }
    web_outcome(reply, "link", dead[outcome].reason);
    struct view_data *data = view_object();
    view_text(data, "reason", dead[outcome].reason);
    view_flag(data, dead[outcome].reason, true);
    web_page(reply, dead[outcome].status, "page/link_dead", data);
}

/* Before anybody has signed in, the page says nothing that the directory knows. */
static void show_sign_in(struct web_request *request, struct web_reply *reply, const char *token,
                         const struct link_claim *claim)
{
    struct view_data *data = view_object();
    view_text(data, "continue", lk_arena_format(request->action.arena, "/t/%s", token));
    view_child(data, "names", show_names(request));
    view_text(data, "purpose", link_purpose_name(claim->purpose));
    view_flag(data, link_purpose_name(claim->purpose), true);
    web_page(reply, 200, "page/link_sign_in", data);
}

static struct view_data *show_common(const struct web_request *request, const char *token)
{
    struct view_data *data = view_object();
    view_text(data, "token", token);
    view_child(data, "account", show_account(&request->session->account));
    return data;
}

/* ---- a profile is to be tied to the account ---- */

/* What the proof in that page's address is over: nobody else can send somebody there to act as another profile. */
static const char *redeemed_in(const struct web_request *request, const uint8_t profile[static 16])
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(profile, id);
    return lk_arena_format(request->action.arena, "%s redeemed %s", request->session->id, id);
}

static void redirect_to_associated(struct web_reply *reply, const struct profile *profile)
{
    char location[sizeof "/associated?profile=" + LK_UUID_TEXT_LEN] = "/associated?profile=";
    lk_uuid_format(profile->id, location + sizeof "/associated?profile=" - 1);
    web_redirect(reply, location);
}

static void redirect_to_redeemed(const struct web_request *request, struct web_reply *reply,
                                 const struct profile *profile)
{
    char id[LK_UUID_TEXT_LEN + 1], proof[WEB_FORM_TOKEN_LEN + 1];
    lk_uuid_format(profile->id, id);
    web_form_token_make(request->action.ring, redeemed_in(request, profile->id), request->action.now, proof);
    web_redirect(reply, lk_arena_format(request->action.arena, "/associated?profile=%s&redeemed=%s", id, proof));
}

/* Whose link was just redeemed is acted as; any other address of that page only shows. */
static bool was_just_redeemed(const struct web_request *request, const uint8_t profile[static 16])
{
    const char *proof = web_value(request, "redeemed");
    return web_form_token_check(request->action.ring, redeemed_in(request, profile), proof, strlen(proof),
                                request->action.now) == LK_OK;
}

static void show_association(struct web_request *request, struct web_reply *reply, const char *token,
                             const struct link_claim *claim)
{
    struct link_view view;
    enum link_outcome outcome = open_association(&request->action, request->session, claim, &view);
    if (outcome == LINK_ALREADY) {
        redirect_to_associated(reply, &view.profile);
        return;
    }
    struct organization organization = { .dn = NULL };
    if (outcome == LINK_LIVE &&
        organization_by_dn(request->action.directory, request->action.config, request->action.arena,
                           view.profile.organization_dn, &organization, &request->action.trouble) != LK_OK)
        outcome = LINK_TROUBLE;
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    struct view_data *data = show_common(request, token);
    view_child(data, "target", show_profile(&view.profile));
    view_child(data, "organization", show_organization(&organization, request->action.now));
    view_flag(data, "tied_to_me", view.tie == LINK_TIED_TO_ME);
    view_flag(data, "tied_to_another", view.tie == LINK_TIED_TO_ANOTHER);
    view_time(data, "until", claim->expires);
    web_page(reply, 200, "page/link", data);
}

static void redeem_for_profile(struct web_request *request, struct web_reply *reply, const char *token,
                               const struct link_claim *claim)
{
    (void) token;
    struct link_view view;
    enum link_outcome outcome = redeem_association(&request->action, request->session, claim, &view);
    if (outcome != LINK_LIVE && outcome != LINK_ALREADY) {
        link_show_dead(request, reply, outcome);
        return;
    }
    web_outcome(reply, "redeem_link", outcome == LINK_LIVE ? "done" : "already");
    redirect_to_redeemed(request, reply, &view.profile);
}

/* ---- an alternate address is to be confirmed ---- */

static void show_confirmed(struct web_request *request, struct web_reply *reply, const char *mail)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_text(data, "mail", mail);
    web_page(reply, 200, "page/mail_confirmed", data);
}

static void show_confirmation(struct web_request *request, struct web_reply *reply, const char *token,
                              const struct link_claim *claim)
{
    struct confirm_view view;
    enum link_outcome outcome = open_confirmation(&request->action, request->session, claim, &view);
    if (outcome == LINK_ALREADY) {
        show_confirmed(request, reply, view.mail);
        return;
    }
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    struct view_data *data = show_common(request, token);
    view_text(data, "mail", view.mail);
    web_page(reply, 200, "page/link_confirm", data);
}

static void redeem_confirmation_link(struct web_request *request, struct web_reply *reply, const char *token,
                                     const struct link_claim *claim)
{
    (void) token;
    struct confirm_view view;
    enum link_outcome outcome = redeem_confirmation(&request->action, request->session, claim, &view);
    if (outcome != LINK_LIVE && outcome != LINK_ALREADY) {
        link_show_dead(request, reply, outcome);
        return;
    }
    web_outcome(reply, "confirm_mail", outcome == LINK_LIVE ? "done" : "already");
    show_confirmed(request, reply, view.mail);
}

/* ---- what each purpose shows and does ---- */

static const struct {
    link_step *show;
    link_step *redeem;
    bool needs_nobody; /* the mailbox is the proof: whoever it belongs to may have no account, or have lost it */
} steps[LINK_PURPOSES] = {
    [LINK_ASSOCIATE] = {show_association,     redeem_for_profile,       false},
    [LINK_INVITE] = { show_association,    redeem_for_profile,       false},
    [LINK_CONFIRM] = { show_confirmation,   redeem_confirmation_link, false},
    [LINK_UNDO_TIE] = { link_show_undo_tie,  link_redeem_undo_tie,     true },
    [LINK_RESET] = { link_show_reset,     NULL,                     true },
    [LINK_UNDO_ACCOUNT] = { link_show_reset,     NULL,                     true },
    [LINK_SIGN_UP] = { link_show_sign_up,   NULL,                     true },
    [LINK_NEW_MAIL] = { link_show_new_mail,  link_redeem_new_mail,     false},
    [LINK_UNDO_MAIL] = { link_show_undo_mail, link_redeem_undo_mail,    true },
};

static void walk(struct web_request *request, struct web_reply *reply, const char *token, bool redeem)
{
    struct link_claim claim;
    enum link_outcome outcome = check_link(&request->action, token, &claim);
    link_step *step = NULL;
    if (outcome == LINK_LIVE)
        step = redeem ? steps[claim.purpose].redeem : steps[claim.purpose].show;
    if (step == NULL) {
        link_show_dead(request, reply, outcome == LINK_LIVE ? LINK_GARBAGE : outcome);
        return;
    }
    if (request->session == NULL && !steps[claim.purpose].needs_nobody) {
        show_sign_in(request, reply, token, &claim);
        return;
    }
    if (request->session != NULL)
        web_actor(reply, request->session->account.name);
    step(request, reply, token, &claim);
}

void page_link(struct web_request *request, struct web_reply *reply)
{
    walk(request, reply, request->segment, false);
}

/* Where our own script leaves the address bar, with the link taken out of it: whoever reloads that page, or comes back to it. */
void page_link_left(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    struct view_data *data = view_object();
    view_text(data, "reason", "left");
    view_flag(data, "left", true);
    web_outcome(reply, "link", "left");
    web_page(reply, 404, "page/link_dead", data);
}

void page_link_submit(struct web_request *request, struct web_reply *reply)
{
    walk(request, reply, web_value(request, "token"), true);
}

void page_associated(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    if (web_identifier(request, "profile", id) != LK_OK) {
        web_problem(reply, 400, "field_bad", NULL);
        return;
    }
    /* It is tied also where that fails, and can be chosen. */
    if (was_just_redeemed(request, id) && select_profile(&request->action, request->session, id) == SELECT_TROUBLE) {
        page_trouble(request, reply);
        return;
    }
    struct reach reach;
    const enum reach_outcome outcome = look_at_reach(&request->action, request->session, id, &reach);
    if (outcome == REACH_NO_PROFILE) {
        web_outcome(reply, "see_association", "not_yours");
        web_problem(reply, 404, "not_found", NULL);
        return;
    }
    if (outcome != REACH_ALLOWED && outcome != REACH_NO_PLAN) {
        page_trouble(request, reply);
        return;
    }
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "target", show_profile(&reach.profile));
    view_child(data, "organization", show_organization(&reach.organization, request->action.now));
    view_flag(data, "allowed", outcome == REACH_ALLOWED);
    web_page(reply, 200, "page/associated", data);
}
