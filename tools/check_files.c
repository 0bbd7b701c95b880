/* SPDX-License-Identifier: Apache-2.0 */
/* Core dumps of the services, and whether p11-kit knows the module. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "tools/check.h"

#define MODULE "libtoken.so"

static void
close_folder(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

/* --- Core dumps ------------------------------------------------------------------------ */

uint64_t
check_core_limit(const char *text)
{
	static const char title[] = "Max core file size";
	const char *p = strstr(text, title);
	char *end;
	uint64_t v;

	if (p == NULL)
		return UINT64_MAX;
	p += strlen(title);
	v = strtoull(p, &end, 10);
	return end == p ? UINT64_MAX : v;
}

struct services {
	unsigned found, dumping;
	struct buf
		names; /* "keyringd (12), keystored (14)" of those that dump, or of all */
};

static bool
read_at(const char *folder, const char *name, struct buf *ret)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return check_read(path, ret) == 0;
}

static uid_t
uid_of(const char *folder)
{
	CLEANUP(buf_free)
	struct buf status = BUF_INIT;
	const char *p;

	if (!read_at(folder, "status", &status))
		return 0;
	p = strstr((const char *)status.p, "\nUid:");
	return p != NULL ? (uid_t)strtoul(p + strlen("\nUid:"), NULL, 10) : 0;
}

/* A process that may not be dumped belongs to root in /proc, whoever it runs as: that
 * counts, because where core_pattern is a pipe no limit holds a dump back. Of root's own
 * that cannot be seen, and the limit has to do. */
static bool
may_dump(const char *folder, const char *limits)
{
	uid_t uid = uid_of(folder);
	struct stat st;

	if (uid == 0)
		return check_core_limit(limits) != 0;
	return stat(folder, &st) != 0 || st.st_uid != 0;
}

static bool
is_service(const char *name)
{
	return strcmp(name, "keyringd\n") == 0 || strcmp(name, "keystored\n") == 0;
}

static void
service_look(struct services *s, const char *pid)
{
	CLEANUP(buf_free)
	struct buf name = BUF_INIT;
	CLEANUP(buf_free)
	struct buf limits = BUF_INIT;
	char folder[32];
	bool dumps;

	(void)snprintf(folder, sizeof folder, "/proc/%.16s", pid);
	if (!read_at(folder, "comm", &name) || !is_service((const char *)name.p) ||
		!read_at(folder, "limits", &limits))
		return;
	dumps = may_dump(folder, (const char *)limits.p);
	if (dumps && s->dumping++ == 0)
		buf_reset(&s->names);
	if (dumps || s->dumping == 0)
		buf_printf(&s->names, "%s%.*s (%s)", s->names.n != 0 ? ", " : "",
			(int)(name.n - 1), (const char *)name.p, pid);
	s->found++;
}

void
check_cores(struct check_lines *l)
{
	CLEANUP(close_folder)
	DIR *d = opendir("/proc");
	struct services s = { 0 };
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]))
			service_look(&s, e->d_name);
	buf_put_u8(&s.names, 0);
	if (s.found == 0)
		check_line(l, "core dumps", CHECK_NOTE,
			"not known: no keyringd and no keystored is to be seen running "
			"here");
	else if (s.dumping != 0)
		check_line(l, "core dumps", CHECK_NOTE,
			"%s may leave core files; unset KEYRING_TOKEN_ALLOW_CORE and set "
			"LimitCORE=0 in the unit",
			(const char *)s.names.p);
	else
		check_line(
			l, "core dumps", CHECK_OK, "none of %s", (const char *)s.names.p);
	buf_free(&s.names);
}

/* --- p11-kit --------------------------------------------------------------------------- */

bool
check_module_line(const char *text, char *out, size_t cap)
{
	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t n;

		if (strncmp(text, "module:", 7) != 0)
			continue;
		text += 7;
		text += strspn(text, " \t");
		n = strcspn(text, "\r\n");
		while (n != 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
			n--;
		if (n < strlen(MODULE) || n >= cap ||
			strncmp(text + n - strlen(MODULE), MODULE, strlen(MODULE)) != 0 ||
			(n > strlen(MODULE) && text[n - strlen(MODULE) - 1] != '/'))
			continue;
		memcpy(out, text, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

struct registration {
	char file[512], module[512];
};

static bool
folder_look(const char *folder, struct registration *ret)
{
	CLEANUP(close_folder)
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		CLEANUP(buf_free)
		struct buf text = BUF_INIT;
		size_t n = strlen(e->d_name);

		if (n < 8 || strcmp(e->d_name + n - 7, ".module") != 0)
			continue;
		(void)snprintf(
			ret->file, sizeof ret->file, "%.250s/%.255s", folder, e->d_name);
		if (check_read(ret->file, &text) == 0 &&
			check_module_line(
				(const char *)text.p, ret->module, sizeof ret->module))
			return true;
	}
	return false;
}

/* The user's own comes first, as for p11-kit, which ignores it for root. */
static bool
registration_find(struct registration *ret)
{
	static const char *const system_folders[] = { "/etc/pkcs11/modules",
		"/usr/share/p11-kit/modules", "/usr/local/share/p11-kit/modules" };
	const char *config = secure_getenv("XDG_CONFIG_HOME"),
		   *home = secure_getenv("HOME");
	char folder[256] = "";

	if (config != NULL && config[0] == '/')
		(void)snprintf(folder, sizeof folder, "%s/pkcs11/modules", config);
	else if (home != NULL && home[0] == '/')
		(void)snprintf(folder, sizeof folder, "%s/.config/pkcs11/modules", home);
	if (geteuid() != 0 && folder[0] != '\0' && folder_look(folder, ret))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(system_folders); i++)
		if (folder_look(system_folders[i], ret))
			return true;
	return false;
}

void
check_p11_kit(struct check_lines *l)
{
	struct registration r;

	if (!registration_find(&r))
		check_line(l, "p11-kit", CHECK_NOTE,
			"not registered: programs find the module by its path only; put "
			"keyring-token.module into /usr/share/p11-kit/modules");
	else if (r.module[0] == '/' && access(r.module, R_OK) != 0)
		check_line(l, "p11-kit", CHECK_NOTE, "%s names %s: %s; install it there",
			r.file, r.module, strerror(errno));
	else
		check_line(l, "p11-kit", CHECK_OK, "%s registers %s", r.file, r.module);
}
