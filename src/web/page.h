/* SPDX-License-Identifier: Apache-2.0 */
/* web/page.h - what every page shows besides its own: csrf, account, profile. (The room views adds what is the same for
 * everybody: service, notice, support, language.) */
#ifndef LATCHKEY_WEB_PAGE_H
#define LATCHKEY_WEB_PAGE_H

#include "views/data.h"
#include "web/request.h"

/* Into `data` (an object): csrf, account {name}, profile {name, mail, organization, administrator}, operator (true for the vendor's
 * staff). Reads the selected profile, its organisation, and whether the operators' group has the one or the other: four directory
 * operations at most; what cannot be read is left out. */
void web_page_person(struct web_request *request, struct view_data *data);

/* The token for the forms of this request's page: WEB_FORM_TOKEN_LEN characters, in the arena. */
const char *web_page_csrf(struct web_request *request);

#endif
