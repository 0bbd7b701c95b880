/* SPDX-License-Identifier: Apache-2.0 */
/* What of a host, beside its algorithms, decides how keys are kept: keyringd, the keyring and
 * its quota, memory that may be locked. */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "kcapi_backend/keyring.h"
#include "tools/check.h"
#include "tools/tokenctl.h"

#define KEYRINGD_USER "keyring-token"
#define SYSCTL_FILE "50-keyring-token.conf"
#define DEFAULT_KEYS 200 /* the kernel's quota, where nobody raised it */
#define LITTLE_MEMLOCK \
	256 /* KiB: less than that and secrets of a busy program are not locked */

const struct column check_line_columns[] = {
	{ "CHECK", "check", COLUMN_TEXT },
	{ "RESULT", "result", COLUMN_TEXT },
	{ "DETAIL", "detail", COLUMN_TEXT },
};
const unsigned check_line_columns_count = ARRAY_LEN(check_line_columns);

void
check_line(struct check_lines *l, const char *what, enum check_result result,
	const char *fmt, ...)
{
	static const char *const words[] = { "ok", "note", "FAILED" };
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	l->failed |= result == CHECK_FAILED;
	table_cell(&l->table, "%s", what);
	table_cell(&l->table, "%s", words[result]);
	table_cell(&l->table, "%s", text);
}

/* --- keyringd ------------------------------------------------------------------------ */

static const char *
user_name(uid_t uid, char *buffer, size_t cap)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		(void)snprintf(buffer, cap, "%s", entry->pw_name);
	else
		(void)snprintf(buffer, cap, "uid %u", (unsigned)uid);
	return buffer;
}

/* As the module decides whom to send a PIN to. */
static bool
owner_is_trusted(uid_t uid)
{
	const struct passwd *entry;

	if (uid == 0 || uid == geteuid())
		return true;
	entry = getpwnam(KEYRINGD_USER);
	return entry != NULL && entry->pw_uid == uid;
}

static void
policy_lines(struct check_lines *l, const struct local_facts *f)
{
	bool strict = (f->policy & WIRE_POLICY_STRICT) != 0;
	bool openssl = (f->policy & WIRE_POLICY_OPENSSL_DIGEST) != 0;

	check_line(l, "policy", CHECK_OK,
		"sensitive-session = %s; keyed sockets: %s; digests: %s",
		check_custody_names[f->custody],
		strict ? "never passed (revocation = strict)"
		       : "passed where a key permits it",
		openssl ? "OpenSSL" : "kernel where it has them");
}

void
check_keyringd(struct check_lines *l, const char *path, struct check_policy *ret)
{
	char buffer[256], user[64], err[512];
	const char *where = local_path(path, buffer, sizeof buffer);
	struct local_facts f;

	ret->custody = WIRE_CUSTODY_KERNEL;
	if (local_ask(where, &f, err, sizeof err) != TOOL_OK) {
		check_line(l, "keyringd", CHECK_FAILED, "%s: %s", where, err);
		return;
	}
	(void)user_name(f.uid, user, sizeof user);
	if (!owner_is_trusted(f.uid)) {
		check_line(l, "keyringd", CHECK_FAILED,
			"%s belongs to %s: programs of this user do not trust it; it has "
			"to "
			"be root's, %s's or the user's own",
			where, user, KEYRINGD_USER);
		return;
	}
	if (f.custody < WIRE_CUSTODY_KERNEL || f.custody > WIRE_CUSTODY_PROCESS) {
		check_line(l, "keyringd", CHECK_FAILED,
			"%s: its answer is not of this version; update both", where);
		return;
	}
	check_line(l, "keyringd", CHECK_OK,
		"answers on %s, which is %s's; slots for this user: %u with a token, %u "
		"blank",
		where, user, f.tokens, f.blank);
	policy_lines(l, &f);
	ret->asked = true;
	ret->custody = f.custody;
}

/* --- The keyring --------------------------------------------------------------------- */

bool
check_keyring(struct check_lines *l)
{
	static const char probe[] = "tokenctl check"; /* no secret */
	struct keyring_key key = { 0 };
	int r = keyring_key_new(KEYRING_LOGON, BYTES_OF(probe), 100, &key);

	keyring_key_free(&key);
	if (r == 0 || r == -EDQUOT) {
		check_line(l, "kernel keyring", CHECK_OK,
			r == 0 ? "this user's programs can keep keys in it"
			       : "there is one, and no room in it: see the next line");
		return true;
	}
	check_line(l, "kernel keyring", CHECK_NOTE,
		"not to be had (%s): keys that the application may read are in its "
		"locked "
		"memory, others with keyringd; %s",
		strerror(-r),
		r == -ENOSYS ? "this kernel is without CONFIG_KEYS, or a sandbox hides it"
			     : "does a container's seccomp filter refuse add_key(2)?");
	return false;
}

bool
check_quota_parse(const char *text, unsigned uid, struct check_quota_facts *ret)
{
	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		struct check_quota_facts f;
		unsigned who;

		if (sscanf(text, " %u: %*u %*u/%*u %lu/%lu %lu/%lu", &who, &f.keys,
			    &f.max_keys, &f.bytes, &f.max_bytes) == 5 &&
			who == uid) {
			*ret = f;
			return true;
		}
	}
	return false;
}

static unsigned long
limit_read(const char *name)
{
	CLEANUP(buf_free)
	struct buf text = BUF_INIT;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/sys/kernel/keys/%s%s",
		geteuid() == 0 ? "root_" : "", name);
	return check_read(path, &text) == 0 ? strtoul((const char *)text.p, NULL, 10) : 0;
}

/* What to do about a quota that is small, as the package's own file would have it. */
static const char *
quota_advice(void)
{
	static const char *const places[] = { "/etc/sysctl.d/" SYSCTL_FILE,
		"/usr/local/lib/sysctl.d/" SYSCTL_FILE,
		"/usr/lib/sysctl.d/" SYSCTL_FILE };

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (access(places[i], R_OK) == 0)
			return "to raise it: sysctl --system (the package's "
			       "sysctl.d/" SYSCTL_FILE " is installed and not in force)";
	return "to raise it: sysctl kernel.keys.maxkeys=20000 "
	       "kernel.keys.maxbytes=2000000, for good in /etc/sysctl.d";
}

void
check_quota(struct check_lines *l)
{
	CLEANUP(buf_free)
	struct buf text = BUF_INIT;
	struct check_quota_facts f = { 0, limit_read("maxkeys"), 0,
		limit_read("maxbytes") };
	bool full, small;

	if (check_read("/proc/key-users", &text) != 0) {
		check_line(l, "key quota", CHECK_NOTE,
			"not known: there is no /proc/key-users here");
		return;
	}
	(void)check_quota_parse((const char *)text.p, (unsigned)geteuid(), &f);
	full = f.keys * 10 >= f.max_keys * 9 || f.bytes * 10 >= f.max_bytes * 9;
	small = f.max_keys <= DEFAULT_KEYS;
	check_line(l, "key quota", full || small ? CHECK_NOTE : CHECK_OK,
		"%lu of %lu keys and %lu of %lu bytes used by this user; what does not "
		"fit "
		"goes to keyringd, or to locked memory where the application may read "
		"it%s%s",
		f.keys, f.max_keys, f.bytes, f.max_bytes, full || small ? "; " : "",
		full || small ? quota_advice() : "");
}

/* --- Memory -------------------------------------------------------------------------- */

void
check_memlock(struct check_lines *l)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
		check_line(
			l, "locked memory", CHECK_NOTE, "not known: %s", strerror(errno));
	} else if (limit.rlim_cur == RLIM_INFINITY) {
		check_line(l, "locked memory", CHECK_OK, "no limit");
	} else {
		unsigned long kib = (unsigned long)(limit.rlim_cur >> 10);
		bool little = kib < LITTLE_MEMLOCK;

		check_line(l, "locked memory", little ? CHECK_NOTE : CHECK_OK,
			"%lu KiB for each program of this user (RLIMIT_MEMLOCK)%s", kib,
			little ? "; secrets beyond it could be swapped out: raise it in "
				 "limits.conf(5), or LimitMEMLOCK= of the unit"
			       : "");
	}
}
