/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "common/bytes.h"
#include "common/cleanup.h"
#include "common/control.h"

/* A line is written by one write(2) no longer than PIPE_BUF, so that lines of
 * several threads or processes do not mix. */
#define LINE_MAX_BYTES 4096
#define TEXT_MAX_BYTES 3072

struct level_name {
	const char *name;
	int journal; /* syslog's number */
};

static const struct level_name level_names[] = {
	[LOG_PANIC] = { "panic", 0 },
	[LOG_FATAL] = { "fatal", 2 },
	[LOG_ERROR] = { "error", 3 },
	[LOG_WARNING] = { "warning", 4 },
	[LOG_INFO] = { "info", 6 },
	[LOG_DEBUG] = { "debug", 7 },
	[LOG_TRACE] = { "trace", 7 },
};

enum log_level log_max_level = LOG_WARNING;

static struct {
	char name[32];
	char path[PATH_MAX]; /* empty: standard error */
	int fd;
	bool journal;
} log_to = { .name = "?", .fd = STDERR_FILENO };

/* systemd sets JOURNAL_STREAM to the device and inode of what it gave us. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;
	char *end;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	dev = strtoumax(stream, &end, 10);
	if (end == stream || *end != ':')
		return false;
	ino = strtoumax(end + 1, &end, 10);
	return *end == '\0' && dev == st.st_dev && ino == st.st_ino;
}

static int
file_open(const char *path)
{
	CLEANUP(cleanup_close)
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd < 0)
		return -errno;
	/* opening again, after a rotation: threads keep the number they use */
	if (log_to.fd == STDERR_FILENO)
		log_to.fd = TAKE_FD(fd);
	else if (dup3(fd, log_to.fd, O_CLOEXEC) < 0)
		return -errno;
	return 0;
}

int
log_open(const char *name, const char *path)
{
	int r = path != NULL ? file_open(path) : 0;

	if (r != 0)
		return r;
	(void)snprintf(log_to.name, sizeof log_to.name, "%s", name);
	(void)snprintf(log_to.path, sizeof log_to.path, "%s", path != NULL ? path : "");
	log_to.journal = path == NULL && stderr_is_journal();
	if (path == NULL && log_to.fd != STDERR_FILENO) {
		(void)close(log_to.fd);
		log_to.fd = STDERR_FILENO;
	}
	return 0;
}

int
log_reopen(void)
{
	return log_to.path[0] != '\0' ? file_open(log_to.path) : 0;
}

bool
log_level_parse(const char *text, enum log_level *ret)
{
	if (strcmp(text, "warn") == 0)
		text = "warning";
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(text, level_names[i].name) == 0) {
			*ret = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* Appends text to line, escaped; leaves the last byte for the newline. */
static size_t
line_escape(char *line, size_t at, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0' && at + 9 < LINE_MAX_BYTES) {
		size_t n = control_at((const char *)s);

		if (n == 0) {
			line[at++] = (char)*s++;
		} else if (*s == '\n') {
			line[at++] = '\\';
			line[at++] = 'n';
			s++;
		} else {
			for (; n != 0; n--)
				at += (size_t)sprintf(line + at, "\\x%02x", *s++);
		}
	}
	return at;
}

static size_t
line_start(char *line, size_t size, enum log_level level)
{
	struct timespec now;
	struct tm tm;
	int n;

	if (log_to.journal)
		return (size_t)snprintf(line, size, "<%d>", level_names[level].journal);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	n = snprintf(line, size,
		"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s[%ld] %s: ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		now.tv_nsec / 1000000, log_to.name, (long)getpid(),
		level_names[level].name);
	return (size_t)n < size ? (size_t)n : size - 1;
}

void
log_write(enum log_level level, const char *fmt, ...)
{
	char text[TEXT_MAX_BYTES], line[LINE_MAX_BYTES];
	int saved = errno;
	va_list ap;
	ssize_t put;
	size_t n;
	int want;

	va_start(ap, fmt);
	want = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (want < 0)
		(void)snprintf(text, sizeof text, "(bad format) %.100s", fmt);
	else if ((size_t)want >= sizeof text)
		memcpy(text + sizeof text - 4, "...", 4);
	n = line_start(line, 256, level);
	n = line_escape(line, n, text);
	line[n++] = '\n';
	/* Nowhere to report a failure to: a full disk must not stop a daemon. */
	do
		put = write(log_to.fd, line, n);
	while (put < 0 && errno == EINTR);
	errno = saved;
}
