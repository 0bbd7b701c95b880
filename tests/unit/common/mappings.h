/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of this process's memory. Allocates nothing, so that
 * a forked child may use it. */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct mapping {
	uintptr_t start, end;
	bool undumped; /* VmFlags dd, of what can be written to */
	bool locked;   /* VmFlags lo */
};

/* Calls fn for each mapping until it returns false. */
static inline void
mappings_each(bool (*fn)(const struct mapping *m, void *arg), void *arg)
{
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	char line[4096];
	struct mapping m = { 0 };
	size_t n = 0;
	char c[4096];
	ssize_t got;
	bool more = true;

	while (more && fd >= 0 && (got = read(fd, c, sizeof c)) > 0) {
		for (ssize_t i = 0; more && i < got; i++) {
			unsigned long a, b;

			if (c[i] != '\n') {
				if (n + 1 < sizeof line)
					line[n++] = c[i];
				continue;
			}
			line[n] = '\0';
			n = 0;
			if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
				m = (struct mapping){ a, b, false, false };
			} else if (strncmp(line, "VmFlags:", 8) == 0) {
				m.undumped = strstr(line, " dd") != NULL &&
					     strstr(line, " wr") != NULL;
				m.locked = strstr(line, " lo") != NULL;
				more = fn(&m, arg);
			}
		}
	}
	if (fd >= 0)
		(void)close(fd);
}

struct mapping_find {
	uintptr_t at;
	struct mapping found;
};

static inline bool
mapping_has(const struct mapping *m, void *arg)
{
	struct mapping_find *f = arg;

	if (f->at < m->start || f->at >= m->end)
		return true;
	f->found = *m;
	return false;
}

/* start 0 when the address is not mapped. */
static inline struct mapping
mapping_at(const void *p)
{
	struct mapping_find f = { .at = (uintptr_t)p };

	mappings_each(mapping_has, &f);
	return f.found;
}
