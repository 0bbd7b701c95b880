/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be known of a kernel: what it serves, and what it has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "common/cleanup.h"
#include "tools/check.h"

#define SOCKETS 4           /* probing needs few */
#define MAX_FILE (8u << 20) /* bytes: modules.alias has more than one million */

int
check_read(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return -errno;
	do {
		uint8_t *p = buf_reserve(ret, 4096);

		n = p != NULL ? fread(p, 1, 4096, f) : 0;
		ret->n += n;
	} while (n != 0 && ret->n < MAX_FILE);
	(void)fclose(f);
	buf_put_u8(ret, 0);
	if (!buf_ok(ret))
		return -ENOMEM;
	ret->n--;
	return 0;
}

static int
read_number(const char *path, int fallback)
{
	CLEANUP(buf_free)
	struct buf text = BUF_INIT;

	return check_read(path, &text) == 0 && text.n != 0 ? atoi((const char *)text.p)
							   : fallback;
}

/* The kernel's own lists of what its modules and its built-in parts are called. */
static void
aliases_read(struct buf *ret)
{
	static const char *const files[] = { "modules.alias", "modules.builtin.modinfo" };
	struct utsname u;

	if (uname(&u) != 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[160];

		(void)snprintf(
			path, sizeof path, "/lib/modules/%s/%s", u.release, files[i]);
		if (check_read(path, ret) ==
			-ENOMEM) /* none, in a container: no matter */
			return;
	}
}

int
check_kernel_open(struct check_kernel *ret)
{
	int r;

	*ret = (struct check_kernel){ .restricted = -1 };
	r = kcapi_new(SOCKETS, &ret->k);
	if (r != 0)
		return r;
	ret->n = kcapi_report(ret->k, ret->rows, ARRAY_LEN(ret->rows));
	if (ret->n > ARRAY_LEN(ret->rows))
		ret->n = ARRAY_LEN(ret->rows);
	for (size_t i = 0; i < ret->n && ret->aliases.n == 0; i++)
		if (!ret->rows[i].available && ret->rows[i].error == ENOENT)
			aliases_read(&ret->aliases);
	/* after the probe, which loads what the kernel has as modules */
	if (check_read("/proc/crypto", &ret->registered) != 0)
		buf_reset(&ret->registered);
	ret->restricted = read_number("/proc/sys/crypto/af_alg_restrict", -1);
	ret->filtered = prctl(PR_GET_SECCOMP) > 0;
	return 0;
}

void
check_kernel_close(struct check_kernel *c)
{
	buf_free(&c->registered);
	buf_free(&c->aliases);
	kcapi_free(&c->k);
}

static bool
has(const struct buf *text, const char *line, size_t n)
{
	return text->n != 0 && memmem(text->p, text->n, line, n) != NULL;
}

/* One algorithm or template, "gcm". */
static bool
has_part(const struct check_kernel *c, const char *part, int length)
{
	char line[128];
	int n = snprintf(line, sizeof line, "name         : %.*s\n", length, part);

	if (has(&c->registered, line, (size_t)n))
		return true;
	n = snprintf(line, sizeof line, "alias crypto-%.*s ", length, part);
	if (has(&c->aliases, line, (size_t)n))
		return true;
	n = snprintf(line, sizeof line, "alias=crypto-%.*s", length, part);
	return has(&c->aliases, line, (size_t)n + 1); /* these end with NUL */
}

bool
check_kernel_has(const struct check_kernel *c, const char *algorithm)
{
	if (has_part(c, algorithm, (int)strlen(algorithm)))
		return true;
	while (*algorithm != '\0') {
		size_t n = strcspn(algorithm, "(,)");

		if (n != 0 && !has_part(c, algorithm, n < 64 ? (int)n : 64))
			return false;
		algorithm += n;
		algorithm += strspn(algorithm, "(,)");
	}
	return true;
}
