/* SPDX-License-Identifier: Apache-2.0 */
/* directory/names.h - the names of our schema (schema/latchkey.schema), said once. */
#ifndef LATCHKEY_DIRECTORY_NAMES_H
#define LATCHKEY_DIRECTORY_NAMES_H

#define NAME_SEND               "lkSend"
#define NAME_SEND_ERROR         "lkSendError"
#define NAME_SENT               "lkSent"
#define NAME_TOKEN              "lkToken"
#define NAME_SESSION            "lkSession"
#define NAME_ATTEMPT            "lkAttempt"
#define NAME_VERIFIER           "lkVerifier"
#define NAME_ALTERNATE_MAIL     "lkAlternateMail"
#define NAME_PENDING_MAIL       "lkPendingMail"
#define NAME_QUESTION           "lkQuestion"
#define NAME_ANSWER             "lkAnswer"
#define NAME_SECOND_FACTOR      "lkSecondFactor"
#define NAME_RECOVERY_CODE      "lkRecoveryCode"
#define NAME_ACCOUNT_DN         "lkAccountDN"
#define NAME_ADMINISTRATOR      "lkAdministrator"
#define NAME_MAIN_CONTACT       "lkMainContact"
#define NAME_SERVICE_PLAN       "lkServicePlan"
#define NAME_USER_PASSWORD      "userPassword"
#define NAME_AUTH_PASSWORD      "authPassword"
#define NAME_UNICODE_PASSWORD   "unicodePwd"
#define NAME_ACCOUNT_CONTROL    "userAccountControl"
#define NAME_PREFERRED_LANGUAGE "preferredLanguage"

#endif
