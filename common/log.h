/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event, for daemons and tools; libraries never log. A line is
 *   TIME PROCESS[PID] LEVEL: TEXT
 * on stderr or in a file, or a journal-prefixed "<N>TEXT" when stderr is the
 * journal (JOURNAL_STREAM). Control characters in the text are escaped, so
 * that one event is always one line. Never pass a PIN, a key or a plaintext.
 */
#pragma once

#include <stdbool.h>

enum log_level {
	LOG_PANIC,
	LOG_FATAL,
	LOG_ERROR,
	LOG_WARNING, /* the default */
	LOG_INFO,
	LOG_DEBUG,
	LOG_TRACE,
};

extern enum log_level log_max_level;

/* name: of the program. path: NULL for stderr. 0 or -errno. */
int log_open(const char *name, const char *path);
/* The same file once more, where it is one: its name may be another file's by now. */
int log_reopen(void);
/* "panic" ... "trace", "warn" for warning; false if unknown. */
bool log_level_parse(const char *text, enum log_level *ret);
void log_write(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_at(level, ...)                               \
	do {                                             \
		if ((level) <= log_max_level)            \
			log_write((level), __VA_ARGS__); \
	} while (0)

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
