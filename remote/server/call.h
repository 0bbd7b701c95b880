/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call as its handler sees it, and how it fails. Functions that serve a
 * call return 0, or CALL_REFUSED after they have set the status, or a
 * negative errno (of the store, or memory) that call_end() turns into one.
 */
#pragma once

#include "common/uuid.h"
#include "cryptoki/pkcs11.h"
#include "remote/server/server.h"

#define CALL_REFUSED 1

struct call {
	struct keystored *ks;
	const struct rpc_context *rpc;
	struct rpc_status *status;
	const char *method; /* its path: part of what identifies a request */
};

/* Sets the status: the CK_RV, the gRPC code that goes with it, a message for
 * people. Returns CALL_REFUSED. */
int call_refuse(struct call *c, CK_RV ckr, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same where a CK_RV came from a library: "what: CKR_NAME". */
int call_failed(struct call *c, CK_RV ckr, const char *what);
/* Try again later, here or at another endpoint. */
int call_busy(struct call *c, const char *why);
/* A place for work that takes long, for gate_leave(); busy, because of `full`, where it has none
 * for this host, and where the caller has gone meanwhile. */
int call_turn(struct call *c, struct gate *g, const char *full, unsigned *ret) MUST_CHECK;
/* The end of every handler: r as described above. */
void call_end(struct call *c, int r);

/* The gRPC code that goes with a CK_RV. */
enum rpc_code call_code(CK_RV ckr) MUST_CHECK;

/* For log lines: the host's name, or what stands for it. */
const char *call_host(const struct call *c) MUST_CHECK;
bool call_has_certificate(const struct call *c) MUST_CHECK;
bool call_is_administrator(const struct call *c) MUST_CHECK;
bool call_may_create_tokens(const struct call *c) MUST_CHECK;
/* 0, or refuses: what is named needs a host with a certificate. */
int call_needs_certificate(struct call *c, const char *what) MUST_CHECK;

/* An id of 16 bytes from a message; refuses others by `what`'s name. */
int call_id(struct call *c, ProtobufCBinaryData from, const char *what,
	struct id *ret) MUST_CHECK;

void id_text(const struct id *id, char ret[UUID_TEXT]);
/* A random (version 4) UUID. 0 or -errno. */
int id_new(struct id *ret) MUST_CHECK;
bool id_equal(const struct id *a, const struct id *b) MUST_CHECK;
