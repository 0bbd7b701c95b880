/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <termios.h>

#include "common/cleanup.h"
#include "common/conf.h"
#include "tools/tokenctl.h"

#define INTERRUPT 3 /* ^C */

/* A line at most, byte by byte: what follows it on stdin is the next one's. On a
 * terminal ^C ends it, as its last byte. -EMSGSIZE when it is too long. */
static int
line_read(int fd, bool terminal, struct secret *ret)
{
	CLEANUP(secret_free)
	struct secret line = SECRET_NONE;
	size_t n = 0;
	int r = secret_new(PIN_MAX + 1, &line);

	if (r < 0)
		return r;
	for (;;) {
		ssize_t got = read(fd, line.p + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0 || line.p[n] == '\n')
			break;
		if (++n > PIN_MAX)
			return -EMSGSIZE;
		if (terminal && line.p[n - 1] == INTERRUPT)
			break;
	}
	wipe(line.p + n, line.n - n);
	if (n != 0) {
		struct secret pin;

		r = secret_copy(BYTES(line.p, n), &pin);
		if (r < 0)
			return r;
		*ret = pin;
	}
	return 0;
}

static int
line_error(int r, const char *from, const char *whose)
{
	tool_error("%s: the %s PIN: %s", from, whose,
		r == -EMSGSIZE ? "longer than 255 bytes" : strerror(-r));
	return TOOL_FAILED;
}

/* A pipe is as private as who made it; a file must be. */
static int
file_open(const char *path, int *ret)
{
	struct conf_error err;
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		conf_check_secret_file(path, false, &err) < 0) {
		tool_error("%s", err.text);
		return TOOL_FAILED;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		tool_error("%s: cannot be read: %s", path, strerror(errno));
		return TOOL_FAILED;
	}
	*ret = fd;
	return TOOL_OK;
}

int
pin_read(const char *path, const char *whose, struct secret *ret)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	bool is_stdin = strcmp(path, "-") == 0;
	struct secret pin = SECRET_NONE;
	int r;

	if (!is_stdin && file_open(path, &fd) != TOOL_OK)
		return TOOL_FAILED;
	r = line_read(is_stdin ? STDIN_FILENO : fd, false, &pin);
	if (r < 0)
		return line_error(r, is_stdin ? "stdin" : path, whose);
	if (pin.n == 0) {
		tool_error("%s: no %s PIN in it", is_stdin ? "stdin" : path, whose);
		return TOOL_FAILED;
	}
	*ret = pin;
	return TOOL_OK;
}

/* --- Asking -------------------------------------------------------------------- */

struct terminal {
	int fd;
	bool changed;
	struct termios before;
	sigset_t signals;
};

static void
terminal_close(struct terminal *t)
{
	if (t->changed) {
		(void)tcsetattr(t->fd, TCSAFLUSH, &t->before);
		(void)sigprocmask(SIG_SETMASK, &t->signals, NULL);
	}
	if (t->fd >= 0)
		(void)close(t->fd);
}

/* Signals wait while there is no echo, so that it always comes back; ^C does by
 * ending the line with nothing (ISIG is off). */
static int
terminal_open(struct terminal *t)
{
	struct termios quiet;
	sigset_t all;

	t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (t->fd < 0 || tcgetattr(t->fd, &t->before) != 0)
		return -errno;
	(void)sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &t->signals) != 0)
		return -errno;
	t->changed = true;
	quiet = t->before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = INTERRUPT;
	return tcsetattr(t->fd, TCSAFLUSH, &quiet) == 0 ? 0 : -errno;
}

static int
ask_once(const char *prompt, const char *whose, struct secret *ret)
{
	CLEANUP(terminal_close)
	struct terminal t = { .fd = -1 };
	int r = terminal_open(&t);

	if (r == 0) {
		(void)dprintf(t.fd, prompt, whose);
		r = line_read(t.fd, true, ret);
		(void)dprintf(t.fd, "\n");
	}
	if (r < 0)
		return line_error(r, "terminal", whose);
	if (ret->n != 0 && ret->p[ret->n - 1] == INTERRUPT) {
		tool_error("interrupted");
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

int
pin_ask(const char *whose, bool may_be_empty, struct secret *ret)
{
	CLEANUP(secret_free)
	struct secret first = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret second = SECRET_NONE;
	int r = ask_once("New %s PIN: ", whose, &first);

	if (r != TOOL_OK)
		return r;
	if (first.n == 0 && may_be_empty)
		return TOOL_OK;
	if (first.n == 0) {
		tool_error("a %s PIN is needed", whose);
		return TOOL_FAILED;
	}
	r = ask_once("The %s PIN again: ", whose, &second);
	if (r != TOOL_OK)
		return r;
	if (!bytes_equal_secret(secret_bytes(&first), secret_bytes(&second))) {
		tool_error("the two %s PINs differ; nothing was done", whose);
		return TOOL_FAILED;
	}
	*ret = first;
	first = SECRET_NONE;
	return TOOL_OK;
}

bool
pin_can_ask(void)
{
	int fd = -1;

	if (isatty(STDIN_FILENO))
		fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

bool
pin_confirm(const char *question)
{
	char line[16] = "";

	(void)fprintf(stderr, "%s [y/N] ", question);
	return fgets(line, sizeof line, stdin) != NULL &&
	       (line[0] == 'y' || line[0] == 'Y');
}
