/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points, a file for each chapter of "PKCS #11 Specification Version 3.2"
 * (https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.2/pkcs11-spec-v3.2.html), section 5. They translate arguments and
 * decide nothing: enter, check pointers, run, return.
 */
#pragma once

#include "common/cleanup.h"
#include "libtoken/core/debug.h"
#include "libtoken/core/message.h"
#include "libtoken/core/session.h"

/* For calls that ask keyringd on behalf of whoever is logged in. */
static inline CK_RV
api_return_session(const char *function, struct session *s, CK_RV rv)
{
	if (s != NULL && rv != CKR_OK)
		session_answered(s, rv);
	return api_return(function, rv);
}

/* Can there be memory for so many? */
static inline bool
api_template_fits(const CK_ATTRIBUTE *template, CK_ULONG n)
{
	return (template != NULL || n == 0) && n <= PTRDIFF_MAX / sizeof *template;
}

static inline bool
api_bytes_fit(const CK_BYTE *p, CK_ULONG n)
{
	return (p != NULL || n == 0) && n <= PTRDIFF_MAX;
}

/* --- Operations ------------------------------------------------------------------- */

/* C_*Init */
static inline CK_RV
api_init(const char *function, CK_SESSION_HANDLE session, enum op_kind kind,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(session, &s);

	if (rv == CKR_OK)
		rv = operation_init(s, kind, mechanism, key);
	return api_return(function, rv);
}

/* The calls that follow it. */
static inline CK_RV
api_run(const char *function, CK_SESSION_HANDLE session, enum op_kind kind,
	enum operation_step step, struct bytes in, struct bytes signature,
	struct app_out out)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(session, &s);

	if (rv == CKR_OK)
		rv = operation_run(s, kind, step, in, signature, out);
	return api_return(function, rv);
}

/* C_Message*Init */
static inline CK_RV
api_message_init(const char *function, CK_SESSION_HANDLE session, enum op_kind kind,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(session, &s);

	if (rv == CKR_OK)
		rv = message_init(s, kind, mechanism, key);
	return api_return(function, rv);
}

/* A message, its beginning, or a part of it. */
static inline CK_RV
api_message_run(const char *function, CK_SESSION_HANDLE session, enum op_kind kind,
	enum message_call call, struct message_args args)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(session, &s);

	if (rv == CKR_OK)
		rv = message_run(s, kind, call, args);
	return api_return(function, rv);
}

/* C_Message*Final */
static inline CK_RV
api_message_final(const char *function, CK_SESSION_HANDLE session, enum op_kind kind)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(session, &s);

	if (rv == CKR_OK)
		rv = message_final(s, kind);
	return api_return(function, rv);
}
