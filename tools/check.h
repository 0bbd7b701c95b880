/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of tokenctl check share. Facts are gathered first and put into words
 * then, so that the words can be tested without the kernels that they are about.
 */
#pragma once

#include <stdint.h>

#include "kcapi_backend/kcapi.h"
#include "tools/local.h"
#include "tools/text_table.h"
#include "wire/wire.h"

#define CHECK_WIDTH 80 /* columns of the terminal that tables are made for */
#define CHECK_ALGORITHMS 96

/* Where sensitive session keys go, and who says so. */
struct check_policy {
	bool asked;                /* keyringd answered */
	enum wire_custody custody; /* else what it is when not configured: kernel */
	bool keyring;              /* the application's keyring can be had */
};

/* --- Algorithms: check_kernel.c, check_algorithms.c ------------------------------------------------ */

struct check_kernel {
	struct kcapi *k;
	struct kcapi_report rows[CHECK_ALGORITHMS];
	size_t n;
	struct buf registered; /* /proc/crypto */
	struct buf aliases;    /* of its modules, read where an algorithm is not found */
	int restricted;        /* crypto.af_alg_restrict; -1: this kernel has none */
	bool filtered;         /* this process is under a seccomp filter */
};

int check_kernel_open(struct check_kernel *ret) MUST_CHECK; /* 0 or -ENOMEM */
void check_kernel_close(struct check_kernel *c);
/* Has the kernel what the algorithm is made of, whether this user gets it or not? false
 * where that cannot be seen. */
bool check_kernel_has(const struct check_kernel *c, const char *algorithm) MUST_CHECK;

/* The kernel's name of what a mechanism is or, with its nearest kin, stands on:
 * "cbc(aes)" for AES-CBC and AES-CBC-PAD. Empty where it is none of its own. */
void check_kernel_name(const struct mech *m, char *out, size_t cap);
/* The column of a table: "yes", or why not. */
const char *check_available(const struct check_kernel *c, const struct kcapi_report *r);
/* Why no key is taken by its serial, for a kernel that has algorithms. NULL where one
 * is. */
const char *check_no_serial(const struct check_kernel *c);
/* The mechanisms that no algorithm of this kernel serves; empty where there is none. */
void check_without_algorithm(const struct check_kernel *c, struct buf *ret);
/* In a sentence, for a whole kernel that has no AF_ALG. NULL where it has. */
const char *check_missing(const struct check_kernel *c);
/* Rows of mechanisms that differ in nothing but the length of their output: the second
 * is not shown. */
bool check_is_general(const struct mech *m);
/* What a key gets whose mechanisms the kernel serves by serial, or does not. */
enum wire_custody check_custody(const struct check_policy *policy, bool served);
extern const char *const check_custody_names[]; /* by enum wire_custody */
/* Fills t with a row for each algorithm. The columns are there. */
extern const struct column check_algorithm_columns[];
extern const unsigned check_algorithm_columns_count;
void check_algorithms(
	const struct check_kernel *c, const struct check_policy *policy, struct table *t);

/* --- Keys: check_keys.c --------------------------------------------------------------- */

extern const struct column check_key_columns[];
extern const unsigned check_key_columns_count;
/* A row for each kind of sensitive, non-extractable session key, and what that means for
 * this host in a sentence or two. */
void check_keys(const struct check_kernel *c, const struct check_policy *policy,
	struct table *t, struct buf *ret_meaning);

/* --- The rest of the host: check_host.c, check_files.c ----------------------------------- */

enum check_result { CHECK_OK, CHECK_NOTE, CHECK_FAILED };

struct check_lines {
	struct table table;
	bool failed;
};

extern const struct column check_line_columns[];
extern const unsigned check_line_columns_count;
void check_line(struct check_lines *l, const char *what, enum check_result result,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Asks keyringd; path NULL: the usual places. */
void check_keyringd(struct check_lines *l, const char *path, struct check_policy *ret);
bool check_keyring(struct check_lines *l); /* there is one */
void check_quota(struct check_lines *l);
void check_memlock(struct check_lines *l);
void check_cores(struct check_lines *l);
void check_p11_kit(struct check_lines *l);

/* A line of /proc/key-users. */
struct check_quota_facts {
	unsigned long keys, max_keys, bytes, max_bytes;
};

/* text: the file, NUL-terminated. false: no such user has keys. */
bool check_quota_parse(const char *text, unsigned uid, struct check_quota_facts *ret);
/* The soft limit of core files in /proc/PID/limits: bytes, UINT64_MAX for unlimited or
 * unreadable text. */
uint64_t check_core_limit(const char *text);
/* A p11-kit module file's module, if it is this product's: into out. */
bool check_module_line(const char *text, char *out, size_t cap);

/* Appends a file, at most 8 MiB of it, with a NUL behind it that does not
 * count. 0 or -errno. */
int check_read(const char *path, struct buf *ret) MUST_CHECK;
