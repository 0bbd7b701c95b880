/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit of everything that asks a daemon: a bare round trip over a unix socket. How fast
 * that is depends above all on where the system runs the two ends: on one CPU a wake-up is
 * cheap, across CPUs of a virtual machine it can cost five times as much.
 *   echo [--ms N] [ROW...]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536u

static unsigned char message[MOST];

static const struct row {
	const char *name;
	size_t size;
} rows[] = {
	{ "bare echo 64 B", 64 },
	{ "bare echo 64 KiB", MOST },
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
pass(int fd, size_t size, bool out)
{
	for (size_t done = 0; done < size;) {
		const ssize_t n = out ? send(fd, message + done, size - done, 0)
				      : recv(fd, message + done, size - done, 0);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static void
measure(const struct row *row, double seconds)
{
	unsigned long count = 0;
	double start, end;
	int fds[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0 || (child = fork()) < 0) {
		perror("bench: echo");
		exit(1);
	}
	if (child == 0) {
		(void)close(fds[0]);
		while (pass(fds[1], row->size, false) && pass(fds[1], row->size, true))
			;
		_exit(0);
	}
	(void)close(fds[1]);
	start = now();
	do {
		if (!pass(fds[0], row->size, true) || !pass(fds[0], row->size, false))
			exit(1);
		count++;
		end = now();
	} while (end - start < seconds);
	(void)close(fds[0]);
	(void)waitpid(child, NULL, 0);
	(void)printf("%s\t%.1f\top/s\n", row->name, (double)count / (end - start));
}

static bool
is_wanted(const struct row *row, char **names)
{
	if (*names == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strstr(row->name, *names) != NULL)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	double seconds = 0.25;
	char **names = argv + 1;

	if (argc > 2 && strcmp(argv[1], "--ms") == 0) {
		seconds = strtod(argv[2], NULL) / 1000;
		names = argv + 3;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (is_wanted(&rows[i], names))
			measure(&rows[i], seconds);
	return 0;
}
